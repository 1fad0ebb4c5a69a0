"""Programs before a well-behaved server, started once for many tests."""
import contextlib

import relays
from stage import Stage
from support.peers import pattern

CONTENT = pattern(200_000, seed=9)


class Scene:
    """A well-behaved server and the programs before it, as they go on from here."""

    def __init__(self, server, relay):
        self.server, self.relay = server, relay
        self._visits = len(server.visits)
        self._lengths = [len(program.log) for program in relay.programs]

    def heard(self):
        """What the server was told."""
        return [line for visit in self.server.visits[self._visits:] for line, _ in visit.said]

    def wait_alarm(self, pattern_, count=1):
        """Of the program that faces the client."""
        self.relay.programs[-1].wait_log(f"SP-4003 W .*{pattern_}", count=count, since=self._lengths[-1])


class Scenes:
    """`scenes(front, conf)` is a Scene; its programs are started once for each pair, in folders that `make_folder`
    makes. The front is native, or what `-s` of an entry names."""

    def __init__(self, make_folder):
        self._make_folder, self._started = make_folder, {}
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def __call__(self, front, conf=""):
        if (front, conf) not in self._started:
            server = self._stack.enter_context(Stage({"a.bin": CONTENT}))
            folder = self._make_folder(front)
            chain = relays.native(folder, server.port, conf=conf) if front == "native" else relays.host(
                folder, server.port, front, conf=conf)
            self._started[front, conf] = server, self._stack.enter_context(chain)
        return Scene(*self._started[front, conf])


def still_in_step(hand):
    hand.expect("NOOP", "200")
    assert hand.get("a.bin") == CONTENT


def until_gone(hand):
    """What is said until the connection ends, which it must."""
    said = []
    with contextlib.suppress(ConnectionError):  # reset, with what was sent unread
        while line := hand.line():
            said.append(line)
    return said
