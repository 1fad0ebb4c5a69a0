"""Trust: nothing is used before a host is trusted, and a pin is never replaced silently."""
import re
import time

import pytest

from support.network import free_port
from support.paths import XYGATE, entry, protected_path
from support.peers import converse, pattern, refused
from support.programs import Daemon, Workstation, fingerprint, wait_for, write_private
from support.proxy import say

DATA = pattern(10_000, seed=4)
ENROL = b"SPC1\x31\x00\x00"


@pytest.fixture
def host(tmp_path, mip):
    server = free_port()
    with Daemon(tmp_path / "host", f"{server} {XYGATE} -p{mip.port} -aTOP -l127.0.0.1") as daemon:
        daemon.server = server
        yield daemon


@pytest.fixture
def untrusting(tmp_path, host):
    accept = free_port()
    with Workstation(tmp_path / "ws", {"top": entry(host.server, accept)}) as workstation:
        workstation.accept = accept
        yield workstation


def works(port):
    return not refused(port) and converse(port, DATA).whole == (DATA, "FIN")


def test_without_a_card_an_entry_is_not_used_and_the_next_step_is_named(untrusting):
    assert refused(untrusting.accept)
    assert untrusting.state_of("top")["state"] != "protected"
    untrusting.wait_log(r"SP-3001 W .*sallyport trust top")


def test_the_right_fingerprint_makes_the_entry_work_without_a_restart(host, untrusting):
    untrusting.run("trust", "top", "--fingerprint", host.fingerprint, check=True)
    wait_for(lambda: works(untrusting.accept), 5, "the entry works")
    untrusting.stop()
    untrusting.start()
    assert works(untrusting.accept)


def test_a_wrong_fingerprint_is_refused_and_both_are_shown(host, untrusting):
    wrong = "0000-" * 7 + "0000"
    done = untrusting.run("trust", "top", "--fingerprint", wrong)
    assert done.returncode != 0
    assert wrong in done.stdout + done.stderr and host.fingerprint in done.stdout + done.stderr
    time.sleep(0.5)
    assert refused(untrusting.accept)


def test_without_a_fingerprint_nothing_is_trusted_and_the_hosts_is_shown(host, untrusting):
    done = untrusting.run("trust", "top", text="")
    assert done.returncode != 0
    assert host.fingerprint in done.stdout + done.stderr
    assert refused(untrusting.accept)


def test_a_card_file_is_taken(host, untrusting):
    untrusting.run("trust", "top", "--card", host.card, check=True)
    wait_for(lambda: works(untrusting.accept), 5, "the entry works")


@pytest.mark.parametrize("change", ["key", "service", "signature", "cut"])
def test_an_altered_card_is_refused(host, untrusting, tmp_path, change):
    text = host.card.read_text()
    if change == "cut":
        text = text[:len(text) // 2]
    else:
        line = re.search(rf"^{change}: .*$", text, re.M)[0]
        text = text.replace(line, line[:-1] + ("0" if line[-1] != "0" else "1"))
    altered = tmp_path / "altered.card"
    altered.write_text(text)
    assert untrusting.run("trust", "top", "--card", altered).returncode != 0
    assert refused(untrusting.accept)


def test_a_changed_host_key_is_a_hard_error_that_shows_both_fingerprints(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        old, new = path.daemon.fingerprint, None
        assert path.converse(DATA).whole == (DATA, "FIN")
        path.daemon.stop()
        for file in ("host.key", "host.card"):
            (path.daemon.state / file).unlink()
        path.daemon.start()
        new = path.daemon.fingerprint
        assert new != old
        assert path.converse(DATA, seconds=20).end == "RST"
        done = path.workstation.run("trust", "top", "--fingerprint", new)
        assert done.returncode != 0
        assert old in done.stdout + done.stderr and new in done.stdout + done.stderr
        assert path.converse(DATA, seconds=20).end == "RST"


def test_enrol_gives_the_signed_card_and_nothing_else(host):
    seen = say(host.server, ENROL)
    assert seen.end == "FIN"
    assert seen.data[:3] == b"\x32" + len(host.card.read_bytes()).to_bytes(2, "big")
    assert seen.data[3:] == host.card.read_bytes()
    assert fingerprint(host.host_key) == host.fingerprint
    time.sleep(1.2)
    shown = host.run("card", check=True).stdout
    assert re.search(r"^key: (.*)$", shown, re.M)[1] == host.host_key


def test_enrol_is_given_at_most_once_a_second_to_one_source(host):
    answers = [say(host.server, ENROL, seconds=0.3).data for _ in range(3)]
    assert [len(answer) > 0 for answer in answers] == [True, False, False]


def test_enrol_switched_off_is_silence(tmp_path, mip):
    with protected_path(tmp_path, mip.port, conf="[native]\nenrol = off\n") as path:
        assert say(path.server, ENROL, seconds=2).whole == (b"", "timeout")
        assert path.converse(DATA).whole == (DATA, "FIN")
        done = path.workstation.run("trust", "top", "--fingerprint", path.daemon.fingerprint)
        assert done.returncode != 0


def test_a_client_key_is_asked_for_and_only_the_listed_one_gets_in(tmp_path, mip):
    made = Daemon(tmp_path / "keys", "")
    keys = {}
    for name in ("listed", "unlisted"):
        done = made.run("keygen", "--client", name, check=True)
        keys[name] = (made.folder / f"{name}.key", re.fullmatch(rf"({name} [0-9a-f]{{64}})\n", done.stdout)[1])
        assert keys[name][0].stat().st_mode & 0o077 == 0
    allowed = write_private(tmp_path / "client.keys", keys["listed"][1] + "\n")
    server = free_port()
    accepts = {name: free_port() for name in ("listed", "unlisted", "none")}
    with Daemon(tmp_path / "host", f"{server} {XYGATE} -p{mip.port} -aTOP",
                f"[native]\nclient-keys = {allowed}\n") as daemon:
        entries = {name: entry(server, port, card=daemon.card) for name, port in accepts.items()}
        for name, (private, _) in keys.items():
            entries[name]["client_key"] = private
        with Workstation(tmp_path / "ws", entries) as workstation:
            assert works(accepts["listed"])
            for name in ("unlisted", "none"):
                assert converse(accepts[name], DATA).end == "RST"
                workstation.wait_log(rf"{name}/TOP stopped: peer_aborted:")
            daemon.wait_log(r"stopped: client_key_refused:", count=2)
            assert works(accepts["listed"])
            daemon.wait_log(r"ended: native .*listed")


def test_a_tls_host_without_a_pin_is_refused_with_the_line_that_accepts_it(tmp_path, host):
    accept = free_port()
    ca = tmp_path / "other-ca.pem"
    other = Daemon(tmp_path / "other", f"{free_port()} {XYGATE} -p1 -aTOP").start()
    ca.write_text((other.state / "tls.crt").read_text())
    other.stop()
    with Workstation(tmp_path / "ws", {"top": entry(host.server, accept, "TLS", ca=ca)}) as workstation:
        assert converse(accept, DATA).end == "RST"
        workstation.wait_log(rf"top.*pin = {re.escape(host.pin)}")
        workstation.run("protect", "off", check=True)
        workstation.run("edit", "top", f"pin={host.pin}", "ca=", check=True)
        workstation.run("protect", "on", check=True)
        wait_for(lambda: works(accept), 5, "the pinned host works")
