"""Clients of FTPS that leave protection out, cut it off or take up what is not theirs."""
import contextlib
import socket
import ssl
import time

import pytest
from desk import PASSWORD, USER
from hand import GONE, Hand, finish, read_end, trusting
from scenes import CONTENT, Scenes, still_in_step, until_gone
from support.peers import reset


@pytest.fixture(scope="module", name="scene")
def scenes(tmp_path_factory):
    with Scenes(tmp_path_factory.mktemp) as scene:
        yield scene


@pytest.mark.parametrize("injected", [b"USER mallory\r\n", b"x", b"\r\n", b"FEAT\r\nNOOP\r\n"])
def test_bytes_behind_auth_end_the_session(scene, injected):
    here = scene("ftps")
    with Hand(here.relay) as hand:
        hand.send(b"AUTH TLS\r\n" + injected)
        assert all(line.startswith(("234", "421")) for line in until_gone(hand))
        here.wait_alarm("bytes behind AUTH")
    assert not [line for line in here.heard() if line], "the server heard of it"


def test_no_login_comes_before_auth(scene):
    here = scene("ftps")
    with Hand(here.relay) as hand:
        assert hand.say(f"PASS {PASSWORD}").startswith("530")
        assert hand.say(f"USER {USER}").startswith("530")
        assert until_gone(hand) == []
    with Hand(here.relay) as hand:
        hand.send(f"USER {USER}\r\nPASS {PASSWORD}\r\n".encode())
        assert [line[:3] for line in until_gone(hand)] == ["530"]
    time.sleep(0.2)
    assert not [line for line in here.heard() if line.startswith((b"USER", b"PASS"))]
    here.wait_alarm("clear", count=2)


def test_no_file_crosses_in_clear_under_tls(scene):
    here = scene("ftps")
    with Hand(here.relay) as hand:
        hand.expect("AUTH TLS", "234")
        hand.secure()
        hand.expect(f"USER {USER}", "331")
        hand.expect(f"PASS {PASSWORD}", "230")
        hand.expect("PROT P", "503")
        hand.passive()
        hand.expect("RETR a.bin", "521")
        hand.expect("PBSZ 0", "200")
        hand.expect("PROT C", "534")
        hand.expect("CCC", "534")
        hand.expect("AUTH TLS", "503")
        hand.passive()
        hand.expect("STOR b.bin", "521")
        assert not [line for line in here.heard() if line.startswith((b"RETR", b"STOR", b"CCC", b"PROT", b"AUTH"))]
        hand.expect("PROT P", "200")
        hand.expect("TYPE I", "200")
        still_in_step(hand)


def truncated(sock):
    """FIN without close_notify. The socket stays open."""
    raw = socket.socket(fileno=sock.detach())
    raw.shutdown(socket.SHUT_WR)
    return raw


def broken(sock):
    reset(socket.socket(fileno=sock.detach()))


@pytest.mark.parametrize("front", ["ftps", "ftps-implicit"])
@pytest.mark.parametrize("how", [truncated, broken])
def test_an_upload_without_close_notify_is_incomplete_and_a_reset_for_the_server(scene, front, how):
    """Although the server says 226."""
    here = scene(front)
    name = f"{front}-{how.__name__}"
    with Hand(here.relay) as hand:
        hand.log_in()
        data = hand.begin(f"STOR {name}")
        data.sendall(CONTENT)
        kept = how(data)
        hand_said = hand.reply()
        assert hand_said.startswith("426"), hand_said
        assert here.server.how_stored(name).end == "RST"
        still_in_step(hand)
        del kept


def test_an_upload_without_close_notify_is_whole_where_the_operator_says_so(scene):
    here = scene("ftps", "[ftp]\nlenient-end = on\n")
    with Hand(here.relay) as hand:
        hand.log_in()
        data = hand.begin("STOR lenient")
        data.sendall(CONTENT)
        kept = truncated(data)
        assert hand.reply().startswith("226")
        assert here.server.how_stored("lenient").whole == (CONTENT, "FIN")
        here.relay.daemon.wait_log("SP-4003 .*lenient-end")
        del kept


@pytest.mark.parametrize("offered, selected", [(["ftp"], "ftp"), (["x-filezilla-ftp", "ftp"], "ftp"), ([], None),
                                               (["http/1.1"], GONE), (["x-filezilla-ftp"], GONE),
                                               (["h2", "http/1.1"], GONE), (["ftp-data"], GONE)])
@pytest.mark.parametrize("front", ["ftps", "ftps-implicit"])
def test_alpn_is_ftp_or_nothing(scene, front, offered, selected):
    here = scene(front)

    def shake_hands():
        with Hand(here.relay, context=trusting(here.relay.ca, alpn=offered)) as hand:
            hand.log_in()
            return hand.sock.selected_alpn_protocol()

    if selected == GONE:
        with pytest.raises(ssl.SSLError, match="no application protocol"):
            shake_hands()
    else:
        assert shake_hands() == selected


@pytest.mark.parametrize("binding, session, gets", [
    ("require", "own", True), ("require", "none", False), ("require", "another's", False), ("prefer", "own", True),
    ("prefer", "none", True), ("prefer", "another's", True), ("off", "another's", True)])  # fmt: skip
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_which_tls_session_a_data_connection_must_resume(scene, newest, binding, session, gets):
    """The thief sits at the client's own address: only the TLS session tells the two apart."""
    here = scene("ftps", f"[ftp]\ndata-binding = {binding}\n")
    context = trusting(here.relay.ca, newest)
    with Hand(here.relay, context=context) as hand, Hand(here.relay, context=context) as thief:
        hand.log_in()
        thief.log_in()
        data = hand.connect_data(hand.passive())
        hand.expect("RETR a.bin", "150")
        seen = None
        with contextlib.suppress(OSError):  # refused in the handshake
            data = hand.protect_data(data, {"own": hand, "another's": thief}[session].sock.session
                                     if session != "none" else None)
            seen = read_end(data)
        if gets:
            finish(data)
            assert seen.whole == (CONTENT, "FIN")
        assert not seen or gets or not seen.data, "the thief got the file"
        assert hand.reply()[:3] in (("226",) if gets else ("425", "426", "522"))
        hand.expect("NOOP", "200")
