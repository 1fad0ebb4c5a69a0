"""What may stand between a client and a server.

A front is called with the server's Door and an empty folder of its own, and yields, as a context manager, the Door for
the clients. It raises NotAvailable where it does not fit, say a front that needs TLS before a server without. Programs
that it starts may end with the thread that started them: that thread stays for as long as the front does."""
import contextlib
import socket

from desk import Door, NotAvailable
from relays import CROWDS
from support.network import free_port
from support.programs import Daemon, Workstation, stop_all


@contextlib.contextmanager
def bare(door, folder):
    """Nothing: what the baseline is recorded with."""
    del folder
    yield door


def host(door, folder, secure, conf="", suites=""):
    """sallyportd before a server without TLS; yields it and its port."""
    if door.tls != "none":
        raise NotAvailable("sallyportd speaks to its server in clear text")
    port = free_port()
    encryption = f" -e{suites}" if suites else ""
    daemon = Daemon(folder / "host", f"{port} sallyport -p{door.port} -aFTP -s{secure}{encryption}", CROWDS + conf)
    return daemon.start(), port


@contextlib.contextmanager
def both_programs(door, folder, suite):
    """FTP client - sallyport - native channel - sallyportd - FTP server."""
    daemon, port = host(door, folder, "native", suites=suite)
    accept = free_port()
    workstation = Workstation(folder / "workstation", {"ftp": {
        "protocol": "FTP", "host": "127.0.0.1", "port": port, "encryption": suite, "accept": f"127.0.0.1:{accept}",
        "card": daemon.card}})
    workstation.start()
    try:
        yield Door("127.0.0.1", accept)
    finally:
        stop_all(workstation, daemon)


def native(suite):
    return lambda door, folder: both_programs(door, folder, suite)


def ftps_in(tls, conf=""):
    """FTPS client - sallyportd - FTP server, with the daemon's own certificate."""
    @contextlib.contextmanager
    def front(door, folder):
        daemon, port = host(door, folder, "ftps" if tls == "explicit" else "ftps-implicit", conf)
        try:
            yield Door(socket.gethostname(), port, tls, daemon.state / "tls.crt")
        finally:
            stop_all(daemon)
    return front


@contextlib.contextmanager
def ftps_out(door, folder):
    """FTP client - sallyport - FTPS server."""
    if door.tls == "none":
        raise NotAvailable("the server offers no TLS")
    accept = free_port()
    workstation = Workstation(folder / "workstation", {"ftp": {
        "protocol": "FTP", "host": door.host, "port": door.port, "accept": f"127.0.0.1:{accept}",
        "encryption": "FTPS" if door.tls == "explicit" else "FTPS-IMPLICIT", "ca": door.ca}})
    workstation.start()
    try:
        yield Door("127.0.0.1", accept)
    finally:
        stop_all(workstation)


FRONTS = {
    "bare": bare,
    "native-des168": native("DES168,DH1024"),
    "native-aes256": native("AES256,X25519"),
    "ftps-in": ftps_in("explicit"),
    "ftps-in-implicit": ftps_in("implicit"),
    "ftps-in-bound": ftps_in("explicit", "[ftp]\ndata-binding = require\n"),
    "ftps-out": ftps_out,
}
