"""A network of the tests' own, and ports in it."""
import ctypes
import os
import random
import socket
import subprocess

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000

_private = None
_reserved = []


def _unshare(flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def _enter():
    uid, gid = os.getuid(), os.getgid()
    if uid == 0:
        _unshare(CLONE_NEWNET)
    else:
        _unshare(CLONE_NEWUSER | CLONE_NEWNET)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def enter_private_network():
    """Moves this process, and what it starts from now on, into a network namespace with loopback alone, so that the
    fixed ports of an example clash with nothing. False where the system does not allow it. Call before any thread."""
    global _private
    if _private is None:
        try:
            _enter()
            _private = True
        except (OSError, subprocess.CalledProcessError):
            _private = False
    return _private


def free_port(address="0.0.0.0"):
    """A TCP port that nothing uses at `address` (by default: at any), below the range from which the kernel takes the
    ports of outgoing connections, and below that of tests/ftp for its servers' data. The UDP port of the same number
    stays bound as the mark of the reservation, for other tests running at the same time."""
    for port in random.sample(range(10000, 20000), 1000):
        mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            mark.bind(("127.0.0.1", port))
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError:
            mark.close()
            continue
        _reserved.append(mark)
        return port
    raise RuntimeError("no free port")
