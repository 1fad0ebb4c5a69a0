"""An end travels on, and the other direction lives: exactly, however late the other side speaks."""
import socket
import time

import pytest

from support.paths import protected_path
from support.peers import Mip, Outcome, connect, echo, outcome, pattern, reply_after_end, source

ENCRYPTIONS = ["AES256,X25519", "DES168,X25519", "TLS"]
MIB = pattern(1 << 20, seed=3)


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_a_reply_that_begins_long_after_the_clients_end_arrives_whole(tmp_path, encryption):
    with Mip(reply_after_end(MIB, 1.5)) as mip, protected_path(tmp_path, mip.port, encryption) as path:
        assert path.converse(b"a question").whole == (MIB, "FIN")
        assert mip.seen().whole == (b"a question", "FIN")


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_what_the_client_says_long_after_the_targets_end_arrives_whole(tmp_path, encryption):
    with Mip(source(b"a greeting")) as mip, protected_path(tmp_path, mip.port, encryption) as path:
        with connect(path.entry) as client:
            assert outcome(client).whole == (b"a greeting", "FIN")
            time.sleep(1.5)
            client.sendall(MIB)
            client.shutdown(socket.SHUT_WR)
            assert mip.seen().whole == (MIB, "FIN")


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_a_stream_without_bytes_has_an_end_all_the_same(tmp_path, encryption):
    with Mip(echo) as mip, protected_path(tmp_path, mip.port, encryption) as path:
        assert path.converse(b"").whole == (b"", "FIN")
        assert mip.seen() == Outcome(b"0", "FIN")


@pytest.mark.parametrize("encryption", ENCRYPTIONS)
def test_ends_of_both_sides_at_once_are_both_ends(tmp_path, encryption):
    with Mip(source(MIB)) as mip, protected_path(tmp_path, mip.port, encryption) as path:
        for _ in range(20):
            assert path.converse(MIB[:200_000]).whole == (MIB, "FIN")
            assert mip.seen().whole == (MIB[:200_000], "FIN")
