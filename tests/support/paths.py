"""A protected path: daemon, perhaps a proxy on the secure leg, workstation; on loopback, on ports of its own."""
import contextlib
import dataclasses

from .network import free_port
from .peers import converse
from .programs import Daemon, Workstation, stop_all, write_private
from .proxy import Proxy

XYGATE = "$system.xygatehe.xygatehe"
NATIVE_SUITES = [f"{cipher},{exchange}" for exchange in ("X25519", "DH2048", "DH1024")
                 for cipher in ("AES256", "CHACHA20", "DES168")]


def is_legacy(encryption):
    return "DES168" in encryption or "DH1024" in encryption


def trust_in(daemon, encryption, fixed_key=None):
    """The fields by which an entry trusts this host. `fixed_key` is what Daemon.keygen yields."""
    if encryption == "TLS":
        if fixed_key:
            return {"fixed_key": fixed_key[1], "identity": fixed_key[0].split()[0]}
        return {"pin": daemon.pin}
    return {"card": daemon.card, **({"fixed_key": fixed_key[1]} if fixed_key else {})}


def entry(port, accept, encryption="AES256,X25519", **fields):
    """One entry of a server list."""
    return {"protocol": "TOP", "host": "127.0.0.1", "port": port, "encryption": encryption,
            "accept": accept if ":" in str(accept) else f"127.0.0.1:{accept}", **fields}


@dataclasses.dataclass
class ProtectedPath:
    daemon: Daemon
    workstation: Workstation
    entry: int                 # where the plain client connects
    server: int                # where the daemon listens
    proxy: Proxy | None

    def converse(self, data, seconds=10):
        return converse(self.entry, data, seconds=seconds)


@contextlib.contextmanager
def protected_path(folder, target, encryption="AES256,X25519", program=XYGATE, flags="", conf="", keyed=False,
                   proxied=False, script=None, fields=None):
    """Starts both programs, waits until they are ready, and judges both at the end."""
    server, accept = free_port(), free_port()
    line = f"{server} {program} -p{target} -aTOP -l127.0.0.1 {flags}"
    daemon = Daemon(folder / "host", line, conf)
    key = daemon.keygen("ws1") if keyed else None
    if key:
        daemon.portconf.write_text(f"{line} -k{write_private(folder / 'fixed.keys', key[0] + chr(10))}\n")
    with contextlib.ExitStack() as stack:
        stack.callback(stop_all, daemon)
        daemon.start()
        proxy = stack.enter_context(Proxy(server)) if proxied else None
        if script:
            proxy.script = script
        workstation = Workstation(folder / "workstation", {
            "top": entry(proxy.port if proxy else server, accept, encryption, **trust_in(daemon, encryption, key),
                         **(fields or {}))})
        stack.callback(stop_all, workstation)
        workstation.start()
        yield ProtectedPath(daemon, workstation, accept, server, proxy)
