"""Our programs as a test of one thing wants them: with their logs and views at hand, and a proxy on the secure leg."""
import contextlib
import dataclasses
from pathlib import Path

from support.network import free_port
from support.programs import Daemon, Workstation, stop_all
from support.proxy import Proxy

DES, AES = "DES168,DH1024", "AES256,X25519"
CHAINS = {"native-des168": DES, "native-aes256": AES, "ftps-in": "FTPS", "ftps-out": "FTPS"}

CROWDS = "[ftp]\nsessions-per-source = 1000\nunauthenticated-per-source = 1000\n"  # all of a test come from one source


@dataclasses.dataclass
class Relay:
    """Where the client connects, and what stands behind it."""

    port: int
    tls: str = "none"  # or explicit, implicit: what the client must speak
    ca: Path | None = None
    daemon: Daemon | None = None
    workstation: Workstation | None = None
    middle: Proxy | None = None  # between the two programs
    server: int = 0  # the port of the daemon

    @property
    def programs(self):
        return [program for program in (self.daemon, self.workstation) if program]

    @property
    def log(self):
        return "".join(program.log for program in self.programs)


@contextlib.contextmanager
def host(folder, server, serves, suites="", conf="", address="127.0.0.1", descriptors=None):
    """sallyportd alone, before the FTP server at `address`:`server`."""
    port = free_port()
    line = f"{port} sallyport -p{server} -h {address} -aFTP -s{serves}" + (f" -e{suites}" if suites else "")
    daemon = Daemon(folder / "host", line, conf, descriptors)
    with contextlib.ExitStack() as stack:
        stack.callback(stop_all, daemon)
        daemon.start()
        tls = {"ftps": "explicit", "ftps-implicit": "implicit"}.get(serves, "none")
        yield Relay(port, tls, daemon.state / "tls.crt", daemon)


@contextlib.contextmanager
def native(folder, server, suite=AES, conf="", address="127.0.0.1", middle=False, descriptors=None, serves="native"):
    """Both programs; with `middle`, a proxy between them."""
    with host(folder, server, serves, suite, conf, address, descriptors) as behind, contextlib.ExitStack() as stack:
        proxy = stack.enter_context(Proxy(behind.port)) if middle else None
        accept = free_port()
        workstation = Workstation(folder / "workstation", {"ftp": {
            "protocol": "FTP", "host": "127.0.0.1", "port": proxy.port if proxy else behind.port, "encryption": suite,
            "accept": f"127.0.0.1:{accept}", "card": behind.daemon.card}}, descriptors)
        stack.callback(stop_all, workstation)
        workstation.start()
        yield Relay(accept, daemon=behind.daemon, workstation=workstation, middle=proxy,
                    server=behind.port)


@contextlib.contextmanager
def workstation_alone(folder, server, trust, address="127.0.0.1", kind="FTPS", **fields):
    """sallyport alone, before a server of FTPS. `trust` is the fields by which it trusts that server."""
    accept = free_port()
    program = Workstation(folder / "workstation", {"ftp": {
        "protocol": "FTP", "host": address, "port": server, "encryption": kind, "accept": f"127.0.0.1:{accept}",
        **trust, **fields}})
    with contextlib.ExitStack() as stack:
        stack.callback(stop_all, program)
        program.start()
        yield Relay(accept, workstation=program)
