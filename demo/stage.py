"""What the demo sets up: the MIP's stand-in, sallyportd, and sallyport with a list of three entries that it trusts."""
import dataclasses
import re
import shutil
import socket
import sys
import time

from output import loud, row
from processes import ROOT, RUN, Child, DemoFailed, Program
from recording import Packets, Relays, may_capture

SAMPLE = ROOT / "packaging/sample"
HOST = "127.0.0.1"
MIP_HOST = "127.0.0.2"  # $ZB019 in the sample's sallyportd.conf
SECURE_PORT, MIP_PORT = 23450, 2345  # of the sample's PORTCONF


@dataclasses.dataclass
class Way:
    """An entry of the sample's server list."""
    entry: str
    encryption: str
    accept: int

    @property
    def is_legacy(self):
        return "DES168" in self.encryption


def free_port(address, wanted, whose):
    for port in range(wanted, wanted + 1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                continue
        if port != wanted:
            loud(f"port {wanted} is taken: {whose} uses {port} instead")
        return port
    raise DemoFailed(f"none of the ports {wanted} to {wanted + 999} is free for {whose}")


class Stage:
    def __init__(self):
        self.children = []
        self.ways = [Way("top-legacy", "DES168,DH1024", 2345), Way("top-modern", "AES256,X25519", 2346),
                     Way("top-tls", "TLS", 2347)]
        self.host = Program("sallyportd", "--config", ".run/host/sallyportd.conf", "--portconf", ".run/host/portconf",
                            "--state", ".run/host")
        self.workstation = Program("sallyport", "--servers", ".run/workstation/servers.conf", "--state",
                                   ".run/workstation")
        self._relays = None
        for folder in ("host", "workstation"):  # every run is a first one: new keys, and nothing is trusted yet
            shutil.rmtree(RUN / folder, ignore_errors=True)
            (RUN / folder).mkdir(mode=0o700)

    def stop(self):
        for child in reversed(self.children):
            child.stop()

    def set_up(self):
        self._choose_ports()
        self._start_mip()
        self._start_host()
        self._start_workstation()

    def record(self):
        """From now on the legs are recorded."""
        plain = {self.mip_port, *(way.accept for way in self.ways)}
        return self._relays or Packets(RUN, {"secure": {self.secure_port}, "plain": plain})

    def _choose_ports(self):
        self.secure_port = self.dial_port = free_port("0.0.0.0", SECURE_PORT, "sallyportd")
        self.mip_port = self.mip_at = free_port(MIP_HOST, MIP_PORT, "the MIP")
        least = 0
        for way in self.ways:
            way.accept = free_port(HOST, max(way.accept, least), way.entry)
            least = way.accept + 1
        if may_capture():
            row("recording", "the packets of both legs, by a packet socket on loopback")
            return
        loud("Without root no packets can be captured. Two recording TCP relays stand on the legs instead,")
        loud("which the demo itself has put there. To see real packets, and to keep them: sudo ./run")
        listeners = [socket.create_server((HOST, 0)), socket.create_server((MIP_HOST, self.mip_port))]
        self.dial_port = listeners[0].getsockname()[1]
        self.mip_at = free_port(MIP_HOST, self.mip_port + 10000, "the MIP behind its relay")
        self._relays = Relays({"secure": (listeners[0], (HOST, self.secure_port)),
                               "plain": (listeners[1], (MIP_HOST, self.mip_at))})
        row("recording", f"relays on {HOST}:{self.dial_port} (secure leg) and {MIP_HOST}:{self.mip_port} (plain leg)")

    def _start(self, child):
        self.children.append(child)
        child.wait_ready()
        return child

    def _start_mip(self):
        where = f"{MIP_HOST}:{self.mip_at}"
        self.mip_command = [sys.executable, "-B", "demo/mip.py", where]
        self.mip = self._start(Child("mip", self.mip_command, ready="listens on"))
        row("MIP", f"a stand-in that answers each line and says so, on {where}")

    def _start_host(self):
        table = (SAMPLE / "portconf").read_text()
        table = re.sub(rf"^{SECURE_PORT}\b", str(self.secure_port), table, flags=re.M)
        table = re.sub(rf"-p{MIP_PORT}\b", f"-p{self.mip_port}", table)
        (RUN / "host/portconf").write_text(table)
        shutil.copyfile(SAMPLE / "sallyportd.conf", RUN / "host/sallyportd.conf")
        self.daemon = self._start(self.host.start("run"))
        entry = next(line for line in table.splitlines() if line and not line.startswith("#"))
        row("sallyportd", re.sub(r" +", " ", entry))
        row("", f"on port {self.secure_port} of all addresses of this machine, as this entry says")

    def _start_workstation(self):
        shutil.copyfile(SAMPLE / "servers.conf", RUN / "workstation/servers.conf")
        # What the host's administrator would read out: the workstation must not have it from the network.
        prints = {"TLS": re.search(r"TLS clients may pin (\S+)", self.daemon.log)[1]}
        native = self.host.json("status")["host_key"]
        row("sallyport", "three entries for that host; `sallyport trust NAME --fingerprint ...` for each:")
        for way in self.ways:
            accept, port = f"accept={HOST}:{way.accept}", f"port={self.dial_port}"
            self.workstation.run("edit", way.entry, accept, port)
            shown = prints.get(way.encryption, native)
            self.workstation.run("trust", way.entry, "--fingerprint", shown)
            row("", f"{way.entry:<12}{way.encryption:<15}trusts {shown}")
            time.sleep(1.1)  # the host gives a source one card a second
        self._start(self.workstation.start("up"))
