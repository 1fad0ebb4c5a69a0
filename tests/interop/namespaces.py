"""Network namespaces: every address and port of the support note, without touching the machine's own network."""

import contextlib
import ctypes
import os
import signal
import subprocess
from pathlib import Path

import pytest

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def _enter(namespace: Path):
    descriptor = os.open(namespace, os.O_RDONLY)
    try:
        if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    finally:
        os.close(descriptor)


def _ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Namespace:
    def __init__(self, name: str):
        self.name = name
        _ip("netns", "add", name)

    @contextlib.contextmanager
    def entered(self):
        """This thread is in the namespace: sockets it makes and programs it starts stay there for life."""
        home = Path("/proc/thread-self/ns/net")
        before = os.open(home, os.O_RDONLY)
        _enter(Path("/run/netns") / self.name)
        try:
            yield
        finally:
            _libc.setns(before, _CLONE_NEWNET)
            os.close(before)

    def processes(self) -> list[int]:
        listed = subprocess.run(["ip", "netns", "pids", self.name], check=True, capture_output=True, text=True)
        return [int(pid) for pid in listed.stdout.split()]

    def remove(self):
        for pid in set(self.processes()) - {os.getpid()}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _ip("netns", "del", self.name)


class NoteNetwork:
    """Section 3 of the note's facts: the host is 192.168.0.3, the workstation 192.168.0.77, a cable between them."""

    def __init__(self):
        if os.geteuid() != 0:
            pytest.skip("network namespaces need root")
        self.host = Namespace(f"sallyport-host-{os.getpid()}")
        self.workstation = Namespace(f"sallyport-ws-{os.getpid()}")
        host, workstation = self.host.name, self.workstation.name
        _ip("link", "add", "vh", "netns", host, "type", "veth", "peer", "name", "vw", "netns", workstation)
        _ip("-n", host, "addr", "add", "192.168.0.3/24", "dev", "vh")
        _ip("-n", workstation, "addr", "add", "192.168.0.77/24", "dev", "vw")
        for name, device in ((host, "vh"), (workstation, "vw")):
            _ip("-n", name, "link", "set", "lo", "up")
            _ip("-n", name, "link", "set", device, "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for namespace in (self.workstation, self.host):
            namespace.remove()
