"""Hostile clients and strangers: what each tries, and what neither the server nor an honest client notices of it."""
import contextlib
import re
import socket
import time

import pytest
from hand import Hand, finish, read_end
from scenes import CONTENT, Scenes, still_in_step, until_gone
from support.peers import outcome, refused
from support.programs import wait_for

FRONTS = ("native", "ftps", "ftps-implicit", "plain")
STRANGER = "127.0.0.2"


@pytest.fixture(scope="module", name="scene")
def scenes(tmp_path_factory):
    with Scenes(tmp_path_factory.mktemp) as scene:
        yield scene


BOUNCES = [("PORT 127,0,0,2,{0},{1}", "500"), ("EPRT |1|127.0.0.2|{2}|", "500"), ("PORT 10,0,0,9,80,80", "500"),
           ("PORT 127,0,0,1,0,25", "504"), ("EPRT |1|127.0.0.1|80|", "504"), ("PORT 127,0,0,1,256,1", "501"),
           ("PORT 127,0,0,1,4", "501"), ("EPRT |2|::1|5000|", "522"), ("LPRT 4,4,127,0,0,1,2,200,10", "502"),
           ("SSCN ON", "502"), ("CPSV", "502"), ("REIN", "502")]  # fmt: skip


@pytest.mark.parametrize("front", FRONTS)
def test_no_data_connection_leads_to_a_third_party_or_to_a_service(scene, front):
    here = scene(front)
    with Hand(here.relay) as hand, socket.create_server((STRANGER, 0)) as victim:
        port = victim.getsockname()[1]
        hand.log_in()
        for attack, code in BOUNCES:
            assert hand.say(attack.format(port >> 8, port & 255, port)).startswith(code), attack
            assert hand.say("RETR a.bin").startswith("425"), f"{attack} was of use"
        victim.settimeout(0.2)
        with pytest.raises(TimeoutError):
            victim.accept()
        still_in_step(hand)
    assert not [line for line in here.heard() if re.match(rb"(?i)PORT|EPRT|LPRT|SSCN|CPSV|REIN", line)]
    here.wait_alarm("refused PORT")
    here.wait_alarm("refused EPRT")


@pytest.mark.parametrize("front", FRONTS)
def test_a_stranger_who_is_first_at_a_data_port_gets_nothing_and_the_client_its_file(scene, front):
    here = scene(front)
    with Hand(here.relay) as hand:
        hand.log_in()
        port = hand.passive()
        thief = None
        with contextlib.suppress(ConnectionResetError):  # before connect() has returned
            thief = hand.connect_data(port, source=STRANGER)
        data = hand.connect_data(port)
        hand.expect("RETR a.bin", "150")
        data = hand.protect_data(data)
        assert read_end(data).whole == (CONTENT, "FIN")
        finish(data)
        assert hand.reply().startswith("226")
        seen = outcome(thief, 2) if thief else None
        assert not seen or seen.data == b"" and seen.end != "timeout"
        here.wait_alarm(rf"closed a data connection from {re.escape(STRANGER)}")
        assert refused(port)


def test_a_crowd_of_strangers_at_a_data_port_ends_the_set_up_and_not_the_session(scene):
    here = scene("native")
    with Hand(here.relay) as hand:
        hand.log_in()
        port = hand.passive()
        for _ in range(5):
            with contextlib.suppress(ConnectionResetError):  # before connect() has returned
                hand.connect_data(port, source=STRANGER)
        here.wait_alarm("closed a data connection", count=5)
        wait_for(lambda: refused(port), what="the end of the port")
        assert hand.say("RETR a.bin").startswith("425")
        still_in_step(hand)


def test_a_data_port_takes_one_connection(scene):
    with Hand(scene("plain").relay) as hand:
        hand.log_in()
        port = hand.passive()
        first = hand.connect_data(port)
        wait_for(lambda: refused(port), what="the end of the port")
        hand.expect("RETR a.bin", "150")
        assert read_end(first).whole == (CONTENT, "FIN")
        assert hand.reply().startswith("226")


ENDING, REFUSED = "ends the session", "is refused"
LINES = {
    "longer than a line may be": (b"NOOP " + b"a" * 9000 + b"\r\nDELE a.bin\r\n", ENDING),
    "longer, in pieces that look like commands": (b"A" * 8190 + b"\r" + b"DELE a.bin\r" * 900 + b"\r\n", ENDING),
    "without an end": (b"A" * 100_000, ENDING),
    "with NUL in the verb": (b"DE\0LE a.bin\r\n", REFUSED),
    "with NUL in the argument": (b"DELE a.bin\0.txt\r\n", REFUSED),
    "with a leading space": (b" DELE a.bin\r\n", REFUSED),
    "with a verb of eight bits": (b"D\x80LE a.bin\r\n", REFUSED),
}  # fmt: skip


@pytest.mark.parametrize("front", ["native", "ftps"])
@pytest.mark.parametrize("what", LINES)
def test_a_malformed_line_reaches_no_server(scene, front, what):
    data, then = LINES[what]
    here = scene(front)
    with Hand(here.relay) as hand:
        hand.log_in()
        with contextlib.suppress(ConnectionError):
            hand.send(data)
        if then == ENDING:
            assert all(line.startswith(("500", "421")) for line in until_gone(hand))
        else:
            assert hand.reply().startswith("50")
            still_in_step(hand)
    time.sleep(0.1)
    assert not [line for line in here.heard() if b"LE a" in line or len(line) > 8192], here.heard()


@pytest.mark.parametrize("front", ["native", "ftps"])
def test_endless_telnet_bytes_are_taken_out(scene, front):
    here = scene(front)
    with Hand(here.relay) as hand:
        hand.log_in()
        hand.send(b"\xff\xf4\xff\xf2\xff\xfb\x01\xff\xff" * 20_000)
        hand.expect("NOOP", "200")
        still_in_step(hand)
    assert not [line for line in here.heard() if b"\xff" in line]


@pytest.mark.parametrize("front", ["native", "ftps"])
@pytest.mark.parametrize("words", ["GET / HTTP/1.1\r\nHost: ftp.example\r\n\r\n", "POST / HTTP/1.1\r\n\r\nUSER x\r\n",
                                   "EHLO mail\r\n", "CONNECT a:1 HTTP/1.0\r\n\r\n"])
def test_the_words_of_another_protocol_end_the_session(scene, front, words):
    here = scene(front)
    with Hand(here.relay) as hand:
        if front == "ftps":
            hand.protect()
        hand.send(words.encode())
        assert all(line.startswith(("4", "5")) for line in until_gone(hand))
        here.wait_alarm("")
    time.sleep(0.1)
    assert not [line for line in here.heard() if re.match(rb"GET|POST|EHLO|CONNECT|Host|USER", line)]


def test_twenty_errors_before_a_login_end_the_session(scene):
    with Hand(scene("native").relay) as hand:
        with contextlib.suppress(ConnectionError):
            hand.send(b"XYZZY\r\n" * 40)
        said = [line[:3] for line in until_gone(hand)]
    assert 19 <= said.count("502") <= 21 and said[-1] == "421", said
