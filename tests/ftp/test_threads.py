"""Several clients at once, before a daemon of several threads: every kind of transfer, and ABOR in the middle of one.
Short, because it is there for the thread sanitizer."""
import threading

import pytest
import relays
from desk import Desk
from hand import Hand, finish, read_end
from servers import Server
from support.peers import pattern

CLIENTS, ROUNDS = 6, 3
CONF = "[limits]\nthreads = 3\n"


def relay_for(chain, folder, port):
    if chain == "native":
        return relays.native(folder, port, conf=CONF)
    return relays.host(folder, port, "ftps", conf=CONF)


def abort(hand, name):
    """Two replies: that of the transfer, then that of ABOR."""
    data = hand.begin(f"RETR {name}")
    read_end(data, limit=1000)
    hand.send(b"ABOR\r\n")
    replies = hand.reply()[:3], hand.reply()[:3]
    data.close()
    assert replies in (("426", "226"), ("426", "225")), replies


def work(relay, number, huge):
    with Hand(relay, seconds=120) as hand:
        hand.log_in()
        for turn in range(ROUNDS):
            name, content = f"up{number}-{turn}", pattern(200_000, seed=number)
            hand.put(name, content)
            assert hand.get(name) == content
            data = hand.begin("LIST")
            listing = read_end(data, 120)
            finish(data)
            assert hand.reply().startswith("226") and name.encode() in listing.data
            abort(hand, huge)
        hand.expect("QUIT", "221")


@pytest.mark.parametrize("chain", ["native", "ftps"])
def test_clients_of_several_threads_are_served_side_by_side(tmp_path, chain):
    with Server("pyftpdlib/none") as server, relay_for(chain, tmp_path, server.port) as relay:
        desk = Desk(server.home, "files", tmp_path / "local", 600)
        huge = desk.seed_huge().decode()
        problems = []

        def client(number):
            try:
                work(relay, number, huge)
            except Exception as error:  # pylint: disable=broad-except
                problems.append(f"client {number}: {error!r}")

        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems, "\n".join(problems)
