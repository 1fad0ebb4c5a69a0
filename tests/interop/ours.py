"""Our two programs as these tests start them: one entry on loopback, on ports that nobody else has."""

from pathlib import Path

from support.network import free_port
from support.programs import Daemon, Workstation, write_private


def serve(started, folder: Path, target: int, flags="", conf="", program="sallyport"):
    """The daemon, with one entry for `target`; and the entry's port."""
    port = free_port()
    line = f"{port} {program} -p{target} -aTOP -l127.0.0.1 {flags}"
    return started(Daemon(folder / "host", line, conf)), port


def reach(started, folder: Path, port: int, encryption="TLS", **fields):
    """The workstation program, with one entry for the host's `port`; and the port for the application."""
    accept = free_port()
    entry = {"protocol": "TOP", "host": "127.0.0.1", "port": port, "encryption": encryption,
             "accept": f"127.0.0.1:{accept}", **fields}
    return started(Workstation(folder / "workstation", {"top": entry})), accept


class FixedKey:
    """A fixed key made by keygen, in each form that somebody needs."""

    def __init__(self, folder: Path, identity: str):
        self.identity = identity
        line, self.text = Daemon(folder / f"keygen-{identity}", "").keygen(identity)
        self.file = write_private(folder / f"{identity}.fixed", line + "\n")
        # The last eight digits check the others.
        self.stunnel_file = write_private(folder / f"{identity}.psk",
                                          f"{identity}:{self.text.replace('-', '')[:64]}\n")
