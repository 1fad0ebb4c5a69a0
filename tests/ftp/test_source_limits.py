"""How many sessions one source may have: what the next one is told, who does not pay for it, and that every place comes
back. The daemon has four threads, and counts across them."""
import contextlib
import socket

import pytest
import relays
from desk import PASSWORD, USER
from hand import Hand
from scenes import CONTENT, Scenes, still_in_step, until_gone
from support.peers import reset
from support.programs import wait_for

SESSIONS, UNAUTHENTICATED = 5, 3
CONF = (f"[ftp]\nsessions-per-source = {SESSIONS}\nunauthenticated-per-source = {UNAUTHENTICATED}\n"
        "[limits]\nthreads = 4\nfailures-burst = 1000\n")
FRONTS = ("native", "ftps", "ftps-implicit", "plain")
OTHER = "127.0.0.2"
FULL, FULL_OF_STRANGERS = "421 too many sessions from this address", "without a login"


@pytest.fixture(scope="module", name="scene")
def scenes(tmp_path_factory):
    with Scenes(tmp_path_factory.mktemp) as scene:
        yield lambda front: scene(front, CONF)


@contextlib.contextmanager
def hands():
    """Of many sessions: call it with what a Hand takes."""
    with contextlib.ExitStack() as stack:
        yield lambda relay, **how: stack.enter_context(Hand(relay, **how))


def fill(relay, join, most, log_in=False, **how):
    """Opens sessions until one is refused; yields those that were let in, and the refusal. Places that are just being
    given back are waited for: there will be `most`."""
    inside, refusals = [], []

    def full():
        hand = join(relay, **how)
        if hand.greeting.startswith("220"):
            inside.append(hand.log_in() if log_in else hand)
            return False
        assert hand.greeting.startswith(FULL) and hand.ends(), hand.greeting
        refusals.append(hand.greeting)
        return len(inside) >= most

    wait_for(full, what=f"{most} sessions")
    return inside, refusals[-1]


@pytest.mark.parametrize("front", FRONTS)
def test_a_source_has_so_many_sessions_and_those_go_on(scene, front):
    here = scene(front)
    with hands() as join:
        inside, refusal = fill(here.relay, join, SESSIONS, log_in=True)
        assert len(inside) == SESSIONS and FULL_OF_STRANGERS not in refusal
        here.relay.daemon.wait_log("SP-2010 W .*stopped: too_many_sessions: .*; peer 127.0.0.1:")
        for hand in inside:
            still_in_step(hand)  # native data channels are connections of their own, and no sessions
        inside[0].expect("QUIT", "221")
        with Hand(here.relay) as next_one:
            next_one.log_in()


@pytest.mark.parametrize("front", FRONTS)
def test_of_them_so_many_may_be_without_a_login(scene, front):
    here = scene(front)
    with hands() as join:
        inside, refusal = fill(here.relay, join, UNAUTHENTICATED)
        assert len(inside) == UNAUTHENTICATED and FULL_OF_STRANGERS in refusal
        here.relay.daemon.wait_log("SP-2010 W .*stopped: too_many_unauthenticated: ")
        inside[0].protect()
        inside[0].expect(f"USER {USER}", "331")
        assert join(here.relay).greeting.startswith(FULL), "a name is no login"
        inside[0].expect(f"PASS {PASSWORD}", "230")
        assert join(here.relay).greeting.startswith("220")


@pytest.mark.parametrize("front", ["ftps", "ftps-implicit", "plain"])
def test_a_flood_from_one_source_does_not_lock_out_another(scene, front):
    here = scene(front)
    with hands() as join:
        flood = [join(here.relay, source=OTHER) for _ in range(60)]
        assert sum(hand.greeting.startswith("220") for hand in flood) == UNAUTHENTICATED
        with Hand(here.relay) as hand:
            hand.log_in()
            still_in_step(hand)


def test_a_flood_of_ftps_does_not_lock_out_native_clients(scene, tmp_path):
    server = scene("plain").server
    with relays.native(tmp_path, server.port, conf=CONF, serves="native,ftps") as relay, hands() as join:
        door = relays.Relay(relay.server, "explicit", relay.daemon.state / "tls.crt")
        fill(door, join, UNAUTHENTICATED, source=OTHER)
        with Hand(relay) as hand:
            hand.log_in()
            still_in_step(hand)


def quit_(hand, _):
    hand.expect("QUIT", "221")


def leave(hand, _):
    hand.sock.close()


def break_off(hand, _):
    reset(socket.socket(fileno=hand.sock.detach()))


def break_off_in_mid_transfer(hand, _):
    hand.log_in()
    hand.begin("STOR half").sendall(CONTENT[:1000])
    break_off(hand, _)


def lose_the_server(hand, here):
    here.server.visits[-1].sock.shutdown(socket.SHUT_RDWR)
    assert any(line.startswith("421") for line in until_gone(hand))


def talk_nonsense(hand, _):
    hand.send(b"GET / HTTP/1.1\r\n\r\n")
    until_gone(hand)


def be_stopped(hand, here):
    daemon = here.relay.daemon
    for session in daemon.sessions():
        daemon.run("stop", session["id"])
    assert hand.reply().startswith("421") and hand.ends()


def fail_a_handshake(hand, here):
    if here.relay.tls == "explicit":
        hand.expect("AUTH TLS", "234")
        hand.send(b"this is no TLS\r\n")
        until_gone(hand)


WAYS = (quit_, leave, break_off, break_off_in_mid_transfer, lose_the_server, talk_nonsense, be_stopped,
        fail_a_handshake)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("front", FRONTS)
def test_every_way_to_end_gives_the_place_back(scene, front, way):
    here = scene(front)
    for _ in range(2 * SESSIONS):
        with next_hand(here.relay) as hand:
            way(hand, here)
    with hands() as join:  # exactly as many as before
        inside, _ = fill(here.relay, join, UNAUTHENTICATED)
        assert len(inside) == UNAUTHENTICATED


def next_hand(relay):
    """The end of the session before may still be on its way."""
    def let_in():
        hand = Hand(relay)
        if hand.greeting.startswith("220"):
            return hand
        hand.sock.close()
        return None
    return wait_for(let_in, what="a free place")


@pytest.mark.parametrize("front", ["ftps-implicit", "native"])
def test_those_that_never_become_sessions_give_it_back_too(scene, front):
    here = scene(front)
    port = here.relay.server or here.relay.port
    for first in (b"", b"SPC1", b"\x16\x03\x01", b"SPC1\x01" + bytes(600), b"\x16\x03\x01\x02\x00" + bytes(512)):
        for _ in range(UNAUTHENTICATED):
            with socket.create_connection(("127.0.0.1", port), 5) as stranger, contextlib.suppress(ConnectionError):
                stranger.sendall(first)
    with hands() as join:
        inside, _ = fill(here.relay, join, UNAUTHENTICATED)
        assert len(inside) == UNAUTHENTICATED


def test_a_server_that_cannot_be_reached_costs_no_place(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with relays.host(tmp_path, port, "plain", conf=CONF) as relay:
        for _ in range(3 * SESSIONS):
            with Hand(relay) as hand:
                assert hand.greeting.startswith("421") and FULL not in hand.greeting, hand.greeting
