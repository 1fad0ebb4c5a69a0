"""A native data channel that is cut before its transfer begins costs no time, and the server hears of no transfer.

Nobody is waited for here: what is noticed at once takes milliseconds, what is not 15 s or more, and a hand's patience
is between the two."""
import contextlib

import pytest
import relays
from cuts import At, cutting, cutting_off
from hand import Hand, finish, read_end
from stage import Stage
from support.peers import pattern
from support.programs import wait_for
from support.proxy import DOWN, UP, Pass

CONTENT = pattern(50_000, seed=6)
PATIENCE = 10
# What each side sends before its first record of data (docs/native-channel.md, 11).
D1, READY, D2 = 71, 19, 51
COMMANDS = ("RETR a.bin", "STOR a.bin")


@pytest.fixture(scope="module", name="place")
def places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("channels")
    with Stage({"a.bin": CONTENT}) as server, relays.native(folder, server.port, middle=True) as relay:
        yield server, relay


def answer(hand, port, command):
    """The last reply to a transfer whose data connection may be gone."""
    data = None
    with contextlib.suppress(ConnectionError):
        data = hand.connect_data(port)
    said = hand.say(command)
    if said.startswith("150"):
        with contextlib.suppress(OSError):
            read_end(data) if command.startswith("RETR") else data.sendall(CONTENT)
        finish(data)
        said = hand.reply()
    return said


def works(hand, relay):
    relay.middle.script = Pass
    assert hand.get("a.bin") == CONTENT


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", ["RST", "FIN"])
@pytest.mark.parametrize("direction, sizes", [(UP, (1, 4, 5, D1 - 1, D1, D1 + 1, D1 + READY - 1)),
                                              (DOWN, (1, D2 - 1, D2))])
def test_a_cut_in_its_opening_is_answered_at_once(place, command, how, direction, sizes):
    server, relay = place
    for size in sizes:
        with Hand(relay, seconds=PATIENCE) as hand:
            hand.log_in()
            relay.middle.script = lambda: At(direction, size, cutting(how, direction))
            assert answer(hand, hand.passive(), command).startswith("425"), size
            opened = (direction, size) == (DOWN, D2)  # the command may be on its way before the cut is seen
            assert opened or not [line for line, _ in server.visits[-1].said if line.startswith(command.encode())]
            works(hand, relay)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("size", [D1 + 1, D1 + READY - 1])
def test_a_cut_that_the_host_is_not_told_of_is_answered_at_once(place, command, size):
    """The host waits for READY, which has been sent."""
    server, relay = place
    with Hand(relay, seconds=PATIENCE) as hand:
        hand.log_in()
        relay.middle.script = lambda: At(UP, size, cutting_off(UP))
        with contextlib.suppress(ConnectionError):
            assert read_end(hand.connect_data(hand.passive())).data == b"", "the client hears of it"
        assert hand.say(command).startswith("425")
        assert not [line for line, _ in server.visits[-1].said if line.startswith(command.encode())]
        works(hand, relay)


def live_channel(relay, hand):
    """A prepared data connection, its client at the door, its channel open on both sides; and the channel."""
    earlier = len(relay.middle.connections)
    data = hand.connect_data(hand.passive())
    wait_for(lambda: len(relay.middle.connections) > earlier, what="the data channel")
    channel = relay.middle.connections[earlier]
    wait_for(lambda: len(channel.up) >= D1 + READY, what="READY")
    return data, channel


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("how", ["RST", "FIN"])
def test_a_channel_cut_before_its_transfer_is_asked_for_leaves_the_servers_file_alone(place, command, how):
    server, relay = place
    with Hand(relay, seconds=PATIENCE) as hand:
        hand.log_in()
        data, channel = live_channel(relay, hand)
        channel.cut(how)
        assert read_end(data).data == b"", "the client hears of it"
        assert hand.say(command).startswith("425")
        assert not [line for line, _ in server.visits[-1].said if line.startswith(command.encode())]
        works(hand, relay)


def test_a_cut_is_noticed_behind_signs_of_life(place):
    """Which both sides give after ten seconds of silence."""
    _, relay = place
    with Hand(relay, seconds=PATIENCE) as hand:
        hand.log_in()
        data, channel = live_channel(relay, hand)
        opened = len(channel.up), len(channel.down)
        wait_for(lambda: len(channel.up) > opened[0] and len(channel.down) > opened[1], 30, "signs of life")
        channel.cut("FIN")
        assert read_end(data).data == b""
        assert hand.say("STOR a.bin").startswith("425")
        works(hand, relay)
