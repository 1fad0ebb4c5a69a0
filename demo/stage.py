"""What the demo sets up: the MIP's stand-in, an FTP server, sallyportd with an entry for each of them, and sallyport
with a list of five entries that it trusts."""
import dataclasses
import re
import secrets
import shutil
import socket
import sys
import time

from output import loud, row
from processes import ROOT, RUN, Child, DemoFailed, Program
from recording import Packets, Relays, may_capture

SAMPLE = ROOT / "packaging/sample"
HOST = "127.0.0.1"
SERVERS_HOST = "127.0.0.2"  # $ZB019 and the FTP server in the sample's sallyportd.conf
TOP_PORT, MIP_PORT = 23450, 2345  # of the sample's PORTCONF
FTP_PORT, FTP_SERVER_PORT = 23460, 2121  # of the same, and of its sallyportd.conf
FTP_FOLDER, USER = RUN / "ftp", "demo"
SERVER_DATA_PORTS = range(23600, 23700)  # where the FTP server is reached for files
BEHIND_RELAY = 10000  # so much higher a server listens that a relay stands before


@dataclasses.dataclass
class Ports:
    """Of one protocol: the daemon's and its server's. Relays, if there are any, stand before them at `dial` and
    `server`; the server then listens `at` another one."""
    secure: int
    dial: int
    server: int
    at: int


@dataclasses.dataclass
class Way:
    """An entry of the sample's server list."""
    entry: str
    encryption: str
    accept: int

    @property
    def is_legacy(self):
        return "DES168" in self.encryption

    @property
    def is_tls(self):
        return self.encryption in ("TLS", "FTPS")


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


def choose_ports(secure, server, whose):
    """Without relays."""
    secure = free_port("0.0.0.0", secure, "sallyportd")
    server = free_port(SERVERS_HOST, server, whose)
    return Ports(secure, secure, server, server)


class Stage:
    def __init__(self):
        self.children = []
        self.ways = [Way("top-legacy", "DES168,DH1024", 2345), Way("top-modern", "AES256,X25519", 2346),
                     Way("top-tls", "TLS", 2347)]
        self.ftp_ways = [Way("ftp-legacy", "DES168,DH1024", 2121), Way("ftp-ftps", "FTPS", 2122)]
        self.password = secrets.token_hex(4)
        self.host = Program("sallyportd", "--config", ".run/host/sallyportd.conf", "--portconf", ".run/host/portconf",
                            "--state", ".run/host")
        self.workstation = Program("sallyport", "--servers", ".run/workstation/servers.conf", "--state",
                                   ".run/workstation")
        self._relays = None
        for folder in ("host", "workstation", "ftp"):  # every run is a first one: new keys, and nothing is trusted yet
            shutil.rmtree(RUN / folder, ignore_errors=True)
            (RUN / folder).mkdir(mode=0o700)

    def stop(self):
        for child in reversed(self.children):
            child.stop()

    def set_up(self):
        self._choose_ports()
        self._start_mip()
        self._start_ftp_server()
        self._start_host()
        self._start_workstation()

    def record(self):
        """From now on the legs are recorded."""
        return self._relays or Packets(RUN, {
            "secure": {(HOST, self.top.secure)},
            "plain": {(SERVERS_HOST, self.top.server), *((HOST, way.accept) for way in self.ways)},
            "ftp-secure": {(HOST, port) for port in (self.ftp.secure, *self.daemon_data_ports)},
            "ftp-plain": {(SERVERS_HOST, port) for port in (self.ftp.server, *SERVER_DATA_PORTS)}})

    def _choose_ports(self):
        self.top = choose_ports(TOP_PORT, MIP_PORT, "the MIP")
        self.ftp = choose_ports(max(FTP_PORT, self.top.secure + 1), FTP_SERVER_PORT, "the FTP server")
        least = 0
        for way in sorted(self.ways + self.ftp_ways, key=lambda way: way.accept):
            way.accept = free_port(HOST, max(way.accept, least), way.entry)
            least = way.accept + 1
        if may_capture():
            row("recording", "the packets of all legs, by a packet socket on loopback")
            return
        loud("Packets cannot be captured here: that takes root, and CAP_NET_RAW and CAP_NET_ADMIN in a container.")
        loud("Recording TCP relays stand on the legs instead, which the demo itself has put there. Past them go the")
        loud("connections for files by FTPS and those of the FTP server. To see and keep all packets: sudo ./run")
        legs = {}
        for ports, leg in (self.top, ""), (self.ftp, "ftp-"):
            listeners = [socket.create_server((HOST, 0)), socket.create_server((SERVERS_HOST, ports.server))]
            ports.dial = listeners[0].getsockname()[1]
            ports.at = free_port(SERVERS_HOST, ports.server + BEHIND_RELAY, "the server behind its relay")
            legs[f"{leg}secure"] = listeners[0], (HOST, ports.secure)
            legs[f"{leg}plain"] = listeners[1], (SERVERS_HOST, ports.at)
            row("recording", f"relays on {HOST}:{ports.dial} (secure) and {SERVERS_HOST}:{ports.server} (plain leg)")
        self._relays = Relays(legs)

    def _start(self, child):
        self.children.append(child)
        child.wait_ready()
        return child

    def _start_mip(self):
        where = f"{SERVERS_HOST}:{self.top.at}"
        self.mip_command = [sys.executable, "-B", "demo/mip.py", where]
        self.mip = self._start(Child("mip", self.mip_command, ready="listens on"))
        row("MIP", f"a stand-in that answers each line and says so, on {where}")

    def _start_ftp_server(self):
        where = f"{SERVERS_HOST}:{self.ftp.at}"
        (FTP_FOLDER / "hello.txt").write_text("This file came by FTP.\n")
        data_ports = f"{SERVER_DATA_PORTS.start}-{SERVER_DATA_PORTS.stop - 1}"
        command = [sys.executable, "-B", "demo/ftp_server.py", where, FTP_FOLDER, data_ports, USER, self.password]
        self.ftp_server = self._start(Child("ftp-server", command, ready="starting FTP server"))
        row("FTP server", f"pyftpdlib, in clear, on {where}; user {USER}, password {self.password}, files in .run/ftp")

    def _start_host(self):
        table = (SAMPLE / "portconf").read_text()
        for sample, ports in (TOP_PORT, self.top), (FTP_PORT, self.ftp):
            table = re.sub(rf"^{sample}\b", str(ports.secure), table, flags=re.M)
        table = re.sub(rf"-p{MIP_PORT}\b", f"-p{self.top.server}", table)
        (RUN / "host/portconf").write_text(table)
        settings = (SAMPLE / "sallyportd.conf").read_text()
        settings = settings.replace(f"{SERVERS_HOST}:{FTP_SERVER_PORT}", f"{SERVERS_HOST}:{self.ftp.server}")
        (RUN / "host/sallyportd.conf").write_text(settings)
        first, last = re.search(r"^passive-ports = (\d+)-(\d+)", settings, flags=re.M).groups()
        self.daemon_data_ports = range(int(first), int(last) + 1)
        self.daemon = self._start(self.host.start("run"))
        for line in table.splitlines():
            if line and not line.startswith("#"):
                row("sallyportd", re.sub(r" +", " ", line))
        row("", f"on ports {self.top.secure} and {self.ftp.secure} of all addresses of this machine, as they say")

    def _start_workstation(self):
        shutil.copyfile(SAMPLE / "servers.conf", RUN / "workstation/servers.conf")
        # What the host's administrator would read out: the workstation must not have it from the network.
        pin = re.search(r"TLS clients may pin (\S+)", self.daemon.log)[1]
        native = self.host.json("status")["host_key"]
        row("sallyport", "five entries for that host; `sallyport trust NAME --fingerprint ...` for each:")
        for way in self.ways + self.ftp_ways:
            ports = self.ftp if way in self.ftp_ways else self.top
            self.workstation.run("edit", way.entry, f"accept={HOST}:{way.accept}", f"port={ports.dial}")
            shown = pin if way.is_tls else native
            self.workstation.run("trust", way.entry, "--fingerprint", shown)
            row("", f"{way.entry:<12}{way.encryption:<15}trusts {shown}")
            if not way.is_tls:
                time.sleep(1.1)  # the host gives a source one card a second
        self.sallyport = self._start(self.workstation.start("up"))
