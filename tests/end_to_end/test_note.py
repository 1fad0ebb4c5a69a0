"""The support note's example, with its own line and ports, in every suite: 200 conversations at once, byte for byte."""
import pytest

from support.load import Conversations, mixed_sizes
from support.paths import NATIVE_SUITES, entry, is_legacy, trust_in
from support.peers import converse, pattern
from support.programs import Daemon, Workstation, wait_for, write_private

LINE = "23450 $system.xygatehe.xygatehe  -p2345 -t$ZB019 -aTOP"
CONF = "[tcp-process]\n$ZB019 = 127.0.0.2\n"
ENTRY, TARGET = "127.0.0.1:2345", "127.0.0.2:2345"

pytestmark = pytest.mark.usefixtures("private_network")


def daemon_of_the_note(folder, keyed):
    """The line unchanged; with a fixed key, the key's file is added to it."""
    daemon = Daemon(folder, LINE, CONF)
    if not keyed:
        return daemon, None
    key = daemon.keygen("ws1")
    file = write_private(folder / "fixed.keys", key[0] + "\n")
    return Daemon(folder, f"{LINE} -k{file}", CONF), key


@pytest.mark.parametrize("keyed", [False, True], ids=["without_fixed_key", "with_fixed_key"])
@pytest.mark.parametrize("encryption", [*NATIVE_SUITES, "TLS"])
def test_two_hundred_conversations_at_once_are_exact(tmp_path, encryption, keyed):
    sizes = mixed_sizes(80e6, large=1) if "DES168" in encryption else mixed_sizes(300e6, large=3)
    daemon, key = daemon_of_the_note(tmp_path / "host", keyed)
    with daemon, Workstation(tmp_path / "ws", {
            "top": entry(23450, ENTRY, encryption, **trust_in(daemon, encryption, key))}) as workstation:
        load = Conversations(tmp_path, ENTRY, TARGET, sizes, hold_after=1)
        try:
            load.wait_holding()
            sessions = daemon.sessions()
            assert len(sessions) == 200
            assert {session["legacy"] for session in sessions} == {is_legacy(encryption)}
            if encryption == "TLS":
                assert {session["secure"] for session in sessions} == {"tls"}
                assert all(session["suite"].startswith("TLSv1.3 ") for session in sessions)
            else:
                assert {session["secure"] for session in sessions} == {"native"}
                assert {session["suite"] for session in sessions} == {encryption}
            load.release()
            load.finish()
        finally:
            load.kill()
        wait_for(lambda: not daemon.sessions(), what="all sessions over")
        for program in (daemon, workstation):
            totals = program.status()["totals"]
            assert totals["sessions"] >= 200
            assert totals["legacy_sessions"] == (totals["sessions"] if is_legacy(encryption) else 0)
            assert totals["truncated"] == totals["refused"] == 0


def test_a_fixed_key_alone_serves_as_trust_without_a_card(tmp_path):
    daemon, key = daemon_of_the_note(tmp_path / "host", keyed=True)
    with daemon, Workstation(tmp_path / "ws", {"top": entry(23450, ENTRY, "DES168,DH1024", fixed_key=key[1])}):
        load = Conversations(tmp_path, ENTRY, TARGET, [1, 1000, 1_000_000])
        assert load.finish()["bytes"] == 1_001_001


def test_native_and_tls_workstations_share_the_one_port(tmp_path):
    daemon, _ = daemon_of_the_note(tmp_path / "host", keyed=False)
    encryptions = ["DES168,DH1024", "TLS", "AES256,X25519"]
    with daemon:
        accepts = {encryption: f"127.0.0.1:{2345 + i}" for i, encryption in enumerate(encryptions)}
        entries = {f"entry-{i}": entry(23450, accepts[encryption], encryption, **trust_in(daemon, encryption))
                   for i, encryption in enumerate(encryptions)}
        with Workstation(tmp_path / "ws", entries):
            for encryption in encryptions:
                load = Conversations(tmp_path, accepts[encryption], TARGET, [100_000] * 20)
                load.finish()


def test_without_its_target_the_client_is_reset_and_told_nothing_else(tmp_path):
    daemon, _ = daemon_of_the_note(tmp_path / "host", keyed=False)
    with daemon, Workstation(tmp_path / "ws", {"top": entry(23450, ENTRY, "AES256,X25519", card=daemon.card)}):
        assert converse(2345, pattern(1000)).whole == (b"", "RST")
        daemon.wait_log(r"23450/TOP stopped: target_unreachable")
