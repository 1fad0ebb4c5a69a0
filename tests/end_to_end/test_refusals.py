"""What is refused, how each side is told, and that the daemon serves on. Nothing of it may reach the target."""
import re
import threading
import time

import pytest

from support.network import free_port
from support.paths import XYGATE, entry, protected_path
from support.peers import Mip, connect, converse, echo, outcome, pattern, reset, resets_after
from support.programs import Daemon, Workstation, stop_all, write_private
from support.proxy import DOWN, UP, Flip, OneByteSegments, Reflect, Replay, say

DATA = pattern(50_000, seed=11)

# entry of the list: what the workstation logs, what the daemon logs of the entry's port
NO_ANSWER = "no_answer"
REFUSALS = {
    "card-of-another-host": (NO_ANSWER, "stranger"),
    "another-fixed-key": (NO_ANSWER, "stranger"),
    "fixed-key-missing": (NO_ANSWER, "stranger"),
    "fixed-key-not-asked-for": (NO_ANSWER, "stranger"),
    "another-label": ("refused_label", "wrong_label"),
    "legacy-not-allowed": ("refused_legacy", "legacy_suites_refused"),
    "no-common-suite": ("refused_suite", "no_common_suite"),
    "native-on-a-tls-entry": (NO_ANSWER, "unknown_protocol"),
    "tls-on-a-native-entry": ("", "unknown_protocol|stranger"),
    "pin-of-another-host": ("certificate_unknown", ""),
    "another-psk": ("handshake_failed|certificate_unknown", "handshake_failed"),
    "target-not-reachable": ("peer_aborted", "target_unreachable"),
    "target-resets": ("peer_aborted", "plain_reset"),
}


class Scene:
    """One daemon with an entry for each case, one workstation, and every case tried once, all at the same time."""

    def __init__(self, folder):
        self.mip = Mip(echo)
        self.resetting = Mip(resets_after(10_000))
        self.port = {name: free_port() for name in ("good", *REFUSALS)}
        self.accept = {name: free_port() for name in self.port}
        self.daemon = Daemon(folder / "host", "")
        other = Daemon(folder / "other", f"{free_port()} {XYGATE} -p1 -aTOP")
        key, another = self.daemon.keygen("ws1"), self.daemon.keygen("ws2")
        keys = write_private(folder / "fixed.keys", key[0] + "\n")
        self.daemon.portconf.write_text("\n".join(self.lines(keys)) + "\n")
        self.daemon.start()
        other.start()
        other_card, other_pin = other.card, other.pin
        stop_all(other)
        good = {"card": self.daemon.card}
        entries = {
            "good": good,
            "card-of-another-host": {"card": other_card},
            "another-fixed-key": {**good, "fixed_key": another[1]},
            "fixed-key-missing": good,
            "fixed-key-not-asked-for": {**good, "fixed_key": key[1]},
            "another-label": good,
            "legacy-not-allowed": {**good, "encryption": "DES168,DH1024"},
            "no-common-suite": good,
            "native-on-a-tls-entry": good,
            "tls-on-a-native-entry": {"encryption": "TLS", "pin": self.daemon.pin},
            "pin-of-another-host": {"encryption": "TLS", "pin": other_pin},
            "another-psk": {"encryption": "TLS", "fixed_key": another[1], "identity": "ws1"},
            "target-not-reachable": good,
            "target-resets": good,
        }
        self.workstation = Workstation(folder / "ws", {
            name: entry(self.port[name], self.accept[name], fields.pop("encryption", "AES256,X25519"), **fields)
            for name, fields in ((name, dict(fields)) for name, fields in entries.items())})
        self.workstation.start()
        self.seen = {}
        threads = [threading.Thread(target=self.attempt, args=(name,)) for name in entries if name != "good"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.reached = self.mip.started

    def lines(self, keys):
        """PORTCONF."""
        special = {
            "another-fixed-key": f"-k{keys}", "fixed-key-missing": f"-k{keys}", "another-psk": f"-k{keys}",
            "another-label": "-aOTHER", "no-common-suite": "-eCHACHA20,X25519", "native-on-a-tls-entry": "-stls",
            "tls-on-a-native-entry": "-snative", "target-not-reachable": f"-p{free_port()}",
            "target-resets": f"-p{self.resetting.port}",
        }
        for name, port in self.port.items():
            flags = special.get(name, "")
            program = "sallyport" if name in ("legacy-not-allowed", "no-common-suite") else XYGATE
            target = "" if "-p" in flags else f"-p{self.mip.port}"
            label = "" if "-a" in flags else "-aTOP"
            yield f"{port} {program} {target} {label} {flags}"

    def attempt(self, name):
        started = time.monotonic()
        self.seen[name] = (converse(self.accept[name], DATA, seconds=20), time.monotonic() - started)

    def close(self):
        try:
            stop_all(self.workstation, self.daemon)
        finally:
            self.mip.close()
            self.resetting.close()


@pytest.fixture(scope="module")
def scene(module_folder):
    scene = Scene(module_folder)
    yield scene
    scene.close()


@pytest.mark.parametrize("name", REFUSALS)
def test_the_client_is_reset_and_both_logs_name_the_reason(scene, name):
    seen, seconds = scene.seen[name]
    assert seen.end == "RST", seen
    assert DATA.startswith(seen.data)
    assert seconds < 17
    at_workstation, at_daemon = REFUSALS[name]
    if at_workstation:
        scene.workstation.wait_log(rf"{name}/TOP stopped: ({at_workstation}):", 3)
    if at_daemon:
        scene.daemon.wait_log(rf"{scene.port[name]}/\w+ stopped: ({at_daemon}):", 3)


def test_a_refused_certificate_comes_with_the_line_that_would_accept_it(scene):
    scene.workstation.wait_log(rf"pin-of-another-host.*pin = {re.escape(scene.daemon.pin)}", 3)


def test_nothing_of_the_refused_reached_the_target(scene):
    assert scene.reached == 0


def test_the_daemon_serves_on_after_all_of_them(scene):
    before = scene.mip.started
    assert converse(scene.accept["good"], DATA).whole == (DATA, "FIN")
    assert scene.mip.started == before + 1
    assert scene.daemon.status()["totals"]["refused"] >= 10


STRANGERS = {
    "garbage": bytes((i * 37 + 5) % 256 for i in range(1000)),
    "an-http-request": b"GET / HTTP/1.1\r\nHost: example\r\n\r\n",
    "an-ssh-banner": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a-hello-of-zeros": b"SPC1\x01\x00\x82" + bytes(130),
    "a-hello-of-a-wrong-length": b"SPC1\x01\x00\x83" + bytes(131),
    "another-version": b"SPC2\x01\x00\x82" + bytes(130),
    "a-made-up-token": b"SPC1\x21\x00\x40" + bytes(64),
}


@pytest.fixture(scope="module")
def strangers(module_folder):
    """What each stranger saw, and when; all of them at once."""
    seen = {}

    def visit(name):
        started = time.monotonic()
        seen[name] = (say(path.server, STRANGERS[name], seconds=20), time.monotonic() - started)

    with Mip(echo) as mip, protected_path(module_folder / "strangers", mip.port) as path:
        threads = [threading.Thread(target=visit, args=(name,)) for name in STRANGERS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert mip.started == 0
        assert path.converse(DATA).whole == (DATA, "FIN")
        log = path.daemon.log
    return seen, log


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_hears_nothing_and_is_closed_after_ten_to_twelve_seconds(strangers, name):
    (seen, seconds), log = strangers[0][name], strangers[1]
    assert seen.data == b"" and seen.end in ("FIN", "RST")
    assert 9 < seconds < 14
    assert re.search(r"SP-2006 W .*stopped: (stranger|unknown_protocol):", log)


def test_a_stranger_who_floods_is_closed_at_once(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        started = time.monotonic()
        seen = converse(path.server, b"\0" * 1_000_000, half_close=False)
        assert seen.data == b"" and seen.end in ("FIN", "RST")
        assert time.monotonic() - started < 3
        assert path.converse(DATA).whole == (DATA, "FIN")


@pytest.mark.parametrize("encryption", ["AES256,X25519", "DES168,DH1024", "TLS"])
def test_segments_of_one_byte_change_nothing(tmp_path, mip, encryption):
    with protected_path(tmp_path, mip.port, encryption, proxied=True, script=OneByteSegments) as path:
        assert path.converse(DATA).whole == (DATA, "FIN")


def recorded(path):
    """Both directions of a good conversation on the secure leg."""
    assert path.converse(DATA).whole == (DATA, "FIN")
    connection = path.proxy.connections[-1]
    return bytes(connection.up), bytes(connection.down)


@pytest.mark.parametrize("keyed", [False, True], ids=["without_fixed_key", "with_fixed_key"])
def test_a_recorded_client_gets_an_answer_but_no_session(tmp_path, mip, keyed):
    with protected_path(tmp_path, mip.port, keyed=keyed, proxied=True) as path:
        up, down = recorded(path)
        seen = say(path.server, up)
        # The hello itself is genuine, so it is answered: ANSWER and SERVER, 216 bytes, other than the first time.
        assert len(seen.data) == 216 and seen.data != down[:216] and seen.end in ("FIN", "RST")
        path.daemon.wait_log(r"stopped: bad_record:")
        assert mip.started == 1
        assert path.converse(DATA).whole == (DATA, "FIN")


# what the proxy does; where the log names it; the names it may have
TAMPERINGS = {
    "answer-replayed-to-the-client": (lambda up, down: Replay(DOWN, down), "workstation", "bad_record"),
    "hello-reflected-to-the-client": (lambda up, down: Reflect(UP), "workstation",
                                      "bad_answer|unexpected_record|record_too_long"),
    "answer-reflected-to-the-daemon": (lambda up, down: Reflect(DOWN), "daemon",
                                       "unexpected_record|record_too_long|bad_record"),
    "bit-of-the-answers-share": (lambda up, down: Flip(DOWN, 8 * 50), "workstation", "bad_record|bad_share"),
    "bit-of-the-answers-suite": (lambda up, down: Flip(DOWN, 8 * 3 + 7), "workstation", "bad_answer|record_too_long"),
    "bit-of-the-hosts-signature": (lambda up, down: Flip(DOWN, 8 * 140), "workstation", "bad_record"),
    "bit-of-the-clients-finish": (lambda up, down: Flip(UP, 8 * 250), "daemon", "bad_record"),
    "bit-of-data-up": (lambda up, down: Flip(UP, 8 * 20_000 + 5), "daemon", "bad_record"),
    "bit-of-data-down": (lambda up, down: Flip(DOWN, 8 * 20_000 + 5), "workstation", "bad_record"),
    "last-bit-up": (lambda up, down: Flip(UP, 8 * len(up) - 1), "daemon", "bad_record"),
    "last-bit-down": (lambda up, down: Flip(DOWN, 8 * len(down) - 1), "workstation", "bad_record"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_altered_on_the_way_is_refused_and_never_delivered(tmp_path, mip, name):
    make, at, errors = TAMPERINGS[name]
    with protected_path(tmp_path, mip.port, proxied=True) as path:
        up, down = recorded(path)
        path.proxy.script = lambda: make(up, down)
        seen = path.converse(DATA)
        assert seen.end == "RST"
        assert DATA.startswith(seen.data)
        getattr(path, at).wait_log(rf"stopped: ({errors}):")
        path.proxy.script = OneByteSegments
        assert path.converse(DATA).whole == (DATA, "FIN")


@pytest.mark.parametrize("direction, at", [(UP, "daemon"), (DOWN, "workstation")])
def test_an_altered_tls_record_is_refused_and_never_delivered(tmp_path, mip, direction, at):
    with protected_path(tmp_path, mip.port, "TLS", proxied=True, script=lambda: Flip(direction, 8 * 20_000)) as path:
        seen = path.converse(DATA)
        assert seen.end == "RST"
        assert DATA.startswith(seen.data)
        getattr(path, at).wait_log(r"stopped: bad_record:")


@pytest.mark.parametrize("encryption", ["AES256,X25519", "DES168,X25519", "TLS"])
def test_a_target_that_resets_in_mid_transfer_resets_the_client(tmp_path, encryption):
    with Mip(resets_after(100_000)) as mip, protected_path(tmp_path, mip.port, encryption) as path:
        assert converse(path.entry, pattern(4 << 20)).end == "RST"
        path.daemon.wait_log(r"stopped: plain_reset:")
        # TLS has no word for it: there the missing end says it.
        path.workstation.wait_log(r"stopped: (peer_aborted|truncated|secure_reset|handshake_failed):")


@pytest.mark.parametrize("encryption", ["AES256,X25519", "DES168,X25519", "TLS"])
def test_a_client_that_resets_in_mid_transfer_resets_the_target(tmp_path, mip, encryption):
    with protected_path(tmp_path, mip.port, encryption) as path:
        client = connect(path.entry)
        client.sendall(DATA)
        assert outcome(client, limit=1000).data == DATA[:1000]
        reset(client)
        assert mip.seen().end == "RST"
        path.workstation.wait_log(r"stopped: plain_reset:")
        assert path.converse(DATA).whole == (DATA, "FIN")
