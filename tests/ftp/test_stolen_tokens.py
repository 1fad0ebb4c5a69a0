"""The native port: what a token opens, opens once, and only for who was given it."""
import os

import relays
from hand import Hand, finish, read_end
from stage import Stage
from support.peers import connect, outcome, pattern
from support.programs import wait_for

CONTENT = pattern(200_000, seed=4)
D1_SIZE, TOKEN = 71, slice(7, 23)  # docs/native-channel.md, 11


def knock(port, hello):
    """What a stranger with this first message gets: nothing, and no hurry."""
    sock = connect(port)
    sock.sendall(hello)
    return sock


def silent(sock, seconds=0.5):
    return outcome(sock, seconds).data == b""


def begin_data(relay, hand):
    """After PASV and the client's connection: the first message of the native data channel."""
    connections = relay.middle.connections
    earlier = len(connections)
    data = hand.connect_data(hand.passive())
    wait_for(lambda: len(connections) > earlier and len(connections[earlier].up) >= D1_SIZE, what="the first message")
    return data, bytes(connections[earlier].up[:D1_SIZE])


def test_a_replayed_token_opens_nothing_and_the_transfer_goes_on(tmp_path):
    with Stage({"a.bin": CONTENT}) as server, relays.native(tmp_path, server.port, middle=True) as relay:
        with Hand(relay) as hand:
            hand.log_in()
            data, hello = begin_data(relay, hand)
            assert hello.startswith(b"SPC1") and len(hello) == D1_SIZE
            thief = knock(relay.server, hello)
            hand.expect("RETR a.bin", "150")
            assert read_end(data).whole == (CONTENT, "FIN")
            finish(data)
            assert hand.reply().startswith("226")
            assert silent(thief)
            again = knock(relay.server, hello)
            assert silent(again)
            assert hand.get("a.bin") == CONTENT


def test_guessed_and_altered_tokens_open_nothing_and_use_nothing_up(tmp_path):
    with Stage({"a.bin": CONTENT}) as server, relays.native(tmp_path, server.port, middle=True) as relay:
        with Hand(relay) as hand:
            hand.log_in()
            earlier, hello = begin_data(relay, hand)
            earlier.close()
            port = relay.server
            thieves = []
            for number in range(20):
                forged = bytearray(hello)
                if number % 2:
                    forged[TOKEN] = os.urandom(16)
                else:
                    forged[TOKEN.stop + number] ^= 1  # the right token, with a MAC that does not fit
                thieves.append(knock(port, bytes(forged)))
            assert hand.get("a.bin") == CONTENT
            assert all(silent(thief, 0.05) for thief in thieves)


def test_two_sessions_never_share_a_token(tmp_path):
    with Stage({"a.bin": CONTENT}) as server, relays.native(tmp_path, server.port, middle=True) as relay:
        tokens = []
        for _ in range(5):
            with Hand(relay) as hand:
                hand.log_in()
                for _ in range(4):
                    data, hello = begin_data(relay, hand)
                    tokens.append(hello[TOKEN])
                    data.close()
        assert len(set(tokens)) == 20
