"""A place of our own to measure in: a network namespace, control groups, certificates."""

import contextlib
import ctypes
import fcntl
import functools
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

CGROUP_ROOT = next(
    (p for p in (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup")) if (p / "cgroup.procs").exists()), None
)
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, IFF_UP, IFF_RUNNING = 0x8914, 0x1, 0x40
NETWORK_SETTINGS = {
    "ipv4/tcp_congestion_control": "reno",  # every kernel has it and allows it, and loopback loses nothing
    "ipv4/ip_local_port_range": "33000 65535",  # above the ports of Ports and of tests/ftp
    "ipv4/tcp_max_syn_backlog": "16384",
    "core/somaxconn": "16384",
}


@contextlib.contextmanager
def network_namespace():
    """Nothing but loopback, and nothing left of what was measured before: no clash of ports with other work, and the
    same TCP settings on every machine."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/self/ns/net", "rb") as outside:
        if libc.unshare(CLONE_NEWNET) != 0:
            sys.exit(f"no network namespace of our own: {os.strerror(ctypes.get_errno())}; run as root")
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                request = b"lo".ljust(16, b"\0") + (IFF_UP | IFF_RUNNING).to_bytes(2, "little") + bytes(22)
                fcntl.ioctl(s, SIOCSIFFLAGS, request)
            for name, value in NETWORK_SETTINGS.items():
                try:
                    Path("/proc/sys/net", name).write_text(value)
                except OSError as error:
                    note(f"net.{name.replace('/', '.')} stays as it is ({error.strerror})")
            yield
        finally:
            libc.setns(outside.fileno(), CLONE_NEWNET)


@functools.cache
def note(text):
    """Says it once."""
    print(f"note: {text}", file=sys.stderr)


def raise_descriptor_limit(count):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))
    except (ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        note(f"no more than {hard} descriptors; large numbers of connections will fail")


def fields_of(pid):
    """Those of /proc/PID/stat behind the name, which may hold blanks and parentheses; none of a process that ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def processes_of(session):
    pids = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    return [pid for pid in pids if (fields := fields_of(pid)) and int(fields[3]) == session and fields[0] != "Z"]


class Group:
    """The processes of one relay half, in a control group of their own where one can be made."""

    def __init__(self, name):
        self.name = name
        self.session = None  # its processes are those of this session, where there is no control group
        self.process = None
        self.cgroup = None
        if CGROUP_ROOT is None:
            return
        path = CGROUP_ROOT / f"sallyport-bench-{os.getpid()}-{name}-{time.monotonic_ns()}"
        try:
            path.mkdir()
            self.cgroup = path
        except OSError:
            return

    def spawn(self, script, env, log):
        if self.cgroup:
            script = f'echo $$ > "{self.cgroup}/cgroup.procs"; {script}'
        self.process = subprocess.Popen(
            ["bash", "-c", script],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        self.session = self.process.pid

    def adopt(self, session):
        """Takes in processes that somebody else has started, and will end."""
        self.session = session
        if self.cgroup:
            for pid in processes_of(session):
                (self.cgroup / "cgroup.procs").write_text(str(pid))

    def pids(self):
        if self.cgroup:
            return [int(pid) for pid in (self.cgroup / "cgroup.procs").read_text().split()]
        return processes_of(self.session)

    def cpu_source(self):
        if self.cgroup:
            return f"{self.cgroup}/cpu.stat"
        return "pids:" + ",".join(map(str, self.pids()))

    def cpu_us(self):
        """Of ended and forked processes too, as far as their parents have waited for them."""
        if self.cgroup:
            return int((self.cgroup / "cpu.stat").read_text().split()[1])  # usage_usec
        ticks = sum(int(ticks) for pid in self.pids() for ticks in fields_of(pid)[11:15])
        return ticks * 1_000_000 // os.sysconf("SC_CLK_TCK")

    def memory_kib(self):
        """Proportional set size of all processes but the shell that started them."""
        total = 0
        for pid in self.pids():
            try:
                if os.readlink(f"/proc/{pid}/exe").endswith("/bash"):
                    continue
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            except OSError:
                continue  # it has just ended
            total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        return total

    def stop(self):
        for sig, patience in ((signal.SIGTERM, 1.5), (signal.SIGKILL, 5)):
            for pid in self.pids():
                try:
                    os.kill(pid, sig)
                except ProcessLookupError:
                    pass
            end = time.monotonic() + patience
            while self.process.poll() is None or self.pids():
                if time.monotonic() > end:
                    break
                time.sleep(0.02)
            else:
                break
        self.remove()

    def remove(self):
        if self.cgroup:
            try:
                self.cgroup.rmdir()
            except OSError as error:
                note(f"{self.cgroup} is left behind ({error.strerror})")


def make_certificates(folder):
    """A CA and a P-256 certificate for localhost and 127.0.0.1."""
    folder.mkdir()

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    ca, ca_key = folder / "ca.crt", folder / "ca.key"
    certificate, key, request = folder / "server.crt", folder / "server.key", folder / "server.csr"
    extensions = folder / "extensions"
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
    openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", ca, "-days", 30, "-subj", "/CN=bench CA")
    openssl("req", *new_key, "-keyout", key, "-out", request, "-subj", "/CN=localhost")
    signing = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", 30, "-extfile", extensions)
    openssl("x509", "-req", "-in", request, *signing, "-out", certificate)
    (folder / "server.pem").write_text(certificate.read_text() + key.read_text())
