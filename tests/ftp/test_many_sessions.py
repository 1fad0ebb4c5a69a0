"""Hundreds of sessions at once, each moving files: nothing is lost, and nothing of them stays in the programs."""
import ftplib
import io
import os
import resource
import ssl
import threading
import time
from pathlib import Path

import pytest
from chains import FRONTS
from desk import PASSWORD, USER
from servers import Server
from support.network import enter_private_network
from support.peers import pattern
from support.programs import Daemon, Workstation

SESSIONS = 500
SECONDS = 60 if os.environ.get("SALLYPORT_FTP") == "full" else 3  # a round
SIZE = 100_000


def connect(door):
    if door.tls == "none":
        client = ftplib.FTP()
        client.connect(door.host, door.port, timeout=60)
        client.login(USER, PASSWORD)
        return client
    client = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=door.ca))
    client.connect(door.host, door.port, timeout=60)
    client.login(USER, PASSWORD)
    client.prot_p()
    return client


def work(door, number, until, gate, problems, moved):
    try:
        client = connect(door)
        gate.wait(300)
        content = pattern(SIZE, number)
        while time.monotonic() < until[0]:
            client.storbinary(f"STOR many{number}", io.BytesIO(content))
            back = io.BytesIO()
            client.retrbinary(f"RETR many{number}", back.write)
            if back.getvalue() != content:
                problems.append(f"session {number}: {len(back.getvalue())} bytes came back")
            moved.append(2)
        client.quit()
    except Exception as error:  # pylint: disable=broad-except
        problems.append(f"session {number}: {error!r}")


def move_files(door):
    """All sessions are open before the first file moves. Yields the problems, and how many files moved."""
    until, problems, moved = [0.0], [], []
    gate = threading.Barrier(SESSIONS, action=lambda: until.__setitem__(0, time.monotonic() + SECONDS))
    threads = [threading.Thread(target=work, args=(door, number, until, gate, problems, moved))
               for number in range(SESSIONS)]
    for thread in threads:
        thread.start()
        time.sleep(0.002)  # a server's backlog is short
    for thread in threads:
        thread.join()
    return problems, sum(moved)


def descriptors(program):
    return len(os.listdir(f"/proc/{program.pid}/fd"))


def memory(program):
    for line in (open(f"/proc/{program.pid}/status", encoding="ascii")):
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def settled(programs, wanted):
    """Waits for the last sessions' lingering; yields the descriptors."""
    for _ in range(150):
        now = [descriptors(program) for program in programs]
        if now <= wanted:
            break
        time.sleep(0.1)
    return now


@pytest.mark.parametrize("chain", ["native-aes256", "ftps-in"])
def test_five_hundred_sessions_lose_nothing_and_leave_nothing(chain, tmp_path, monkeypatch):
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(20000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    if os.geteuid() == 0 and enter_private_network():  # connections that rest hold ports, and all ends are here
        Path("/proc/sys/net/ipv4/tcp_max_tw_buckets").write_text("2000", encoding="ascii")
    started = []
    for kind in (Daemon, Workstation):
        start = kind.start
        monkeypatch.setattr(kind, "start", lambda self, *a, start=start, **k:
                            (started.append(self), start(self, *a, **k))[1])
    (tmp_path / "front").mkdir()
    with Server("inetutils/none") as server, FRONTS[chain](server.door, tmp_path / "front") as door:
        before = [descriptors(program) for program in started]
        rounds = []
        for _ in range(3):
            problems, moved = move_files(door)
            assert not problems, problems[:5]
            assert moved > SESSIONS
            assert settled(started, before) <= before
            rounds.append([memory(program) for program in started])
        for *earlier, last in zip(*rounds):  # what the sessions of a round need at once, differs
            assert last < max(earlier) * 1.25 + 4096, f"memory grew from {earlier} to {last} KiB"
