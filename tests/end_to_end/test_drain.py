"""The end of a program: what runs completes within the limit, nothing new begins, a second TERM ends at once."""
import signal
import time

import pytest

from support.paths import protected_path
from support.peers import Mip, connect, converse, echo, outcome, pattern, refused, source
from support.programs import wait_for

DATA = pattern(200_000, seed=6)
ENCRYPTIONS = ["AES256,X25519", "TLS"]


def open_conversation(path):
    client = connect(path.entry)
    client.sendall(b"x")
    assert outcome(client, limit=1).data == b"x"
    return client


def completes(client):
    client.sendall(DATA)
    client.shutdown(1)
    return outcome(client).whole == (DATA, "FIN")


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
@pytest.mark.parametrize("which", ["daemon", "workstation"])
def test_a_running_conversation_completes_and_nothing_new_begins(tmp_path, mip, encryption, which):
    with protected_path(tmp_path, mip.port, encryption) as path:
        program = getattr(path, which)
        port = path.server if which == "daemon" else path.entry
        with open_conversation(path) as client:
            program.signal(signal.SIGTERM)
            program.wait_log("SP-1003")
            wait_for(lambda: refused(port), 5, "the port is closed")
            time.sleep(0.5)
            assert program.running
            assert completes(client)
        assert program.wait(10) == 0
        program.wait_log("SP-1004")


def test_without_conversations_term_ends_at_once(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        for program in (path.workstation, path.daemon):
            program.signal(signal.SIGTERM)
            assert program.wait(3) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("which", ["daemon", "workstation"])
def test_a_second_signal_ends_at_once_and_resets(tmp_path, mip, number, which):
    with protected_path(tmp_path, mip.port) as path, open_conversation(path) as client:
        program = getattr(path, which)
        program.signal(number)
        program.wait_log("SP-1003")
        time.sleep(0.2)
        program.signal(number)
        assert program.wait(3) >= 0
        assert outcome(client, 5).end == "RST"
        assert mip.seen().end == "RST"


def test_the_drain_has_a_limit_and_what_is_cut_is_told(tmp_path, mip):
    with protected_path(tmp_path, mip.port, conf="[limits]\ndrain = 2\n") as path, open_conversation(path) as client:
        started = time.monotonic()
        path.daemon.signal(signal.SIGTERM)
        assert path.daemon.wait(8) >= 0
        assert 1.5 < time.monotonic() - started < 6
        assert outcome(client, 5).end == "RST"
        assert mip.seen().end == "RST"
        path.daemon.wait_log("SP-1010 W")
        path.daemon.wait_log(r"stopped: going_down:")


def test_a_killed_daemon_is_a_reset_at_the_client_never_an_end(tmp_path):
    with Mip(source(pattern(64 << 20))) as mip, protected_path(tmp_path, mip.port) as path:
        with connect(path.entry) as client:
            assert len(outcome(client, limit=1 << 20).data) == 1 << 20
            path.daemon.kill()
            assert outcome(client, 5).end == "RST"
        assert mip.seen().end == "RST"
        path.daemon.start()
        assert converse(path.entry, b"", seconds=30).end == "FIN"


def test_a_killed_workstation_is_a_reset_at_the_target_never_an_end(tmp_path):
    with Mip(echo) as mip, protected_path(tmp_path, mip.port) as path, open_conversation(path):
        path.workstation.kill()
        assert mip.seen().end == "RST"
