"""A MiB each way between an application and its target, in each order in which the two directions can end.

Neither side ends before the other has received all. stunnel 5.68 drops what it has not yet read from a plain
connection once both of its directions have ended (poll reports POLLHUP), and then ends the secure leg cleanly: between
two stunnels a fifth of the replies that followed an end arrived short, and no program of ours could have told.
"""

import contextlib
import socket
import threading
import time

from support.peers import Outcome, connect, outcome, pattern

MIB = 1 << 20
UP, DOWN = pattern(MIB, 1), pattern(MIB, 2)


def _send_aside(sock, data):
    def send():
        with contextlib.suppress(OSError):  # the reading side sees the same end
            sock.sendall(data)

    threading.Thread(target=send, daemon=True).start()


def _to_the_end(sock, seen):
    if seen.end != "more":
        return seen
    rest = outcome(sock)
    return Outcome(seen.data + rest.data, rest.end)


class Exchange:
    """serve() is the behaviour of a Mip, call() that of the application."""

    def __init__(self):
        self._arrived = threading.Semaphore(0)

    def _wait_until_arrived(self):
        self._arrived.acquire(timeout=10)  # if it never comes, both sides see a short stream

    def expect(self, mip, port):
        """One conversation through `port`: each side must have all, and a clean end."""
        with connect(port) as sock:
            assert self.call(sock).whole == (DOWN, "FIN")
        assert mip.seen().whole == (UP, "FIN")


class AtOnce(Exchange):
    """Both directions are full at the same time; the application ends first."""

    def serve(self, sock):
        _send_aside(sock, DOWN)
        seen = outcome(sock, limit=MIB)
        self._arrived.release()
        seen = _to_the_end(sock, seen)
        sock.shutdown(socket.SHUT_WR)
        return seen

    def call(self, sock):
        _send_aside(sock, UP)
        seen = outcome(sock, limit=MIB)
        if seen.end != "more":
            return seen
        self._wait_until_arrived()
        sock.shutdown(socket.SHUT_WR)
        return _to_the_end(sock, seen)


class ReplyAfterEnd(Exchange):
    """The target begins to answer 1.5 s after the application has ended."""

    def serve(self, sock):
        seen = outcome(sock)
        time.sleep(1.5)
        sock.sendall(DOWN)
        self._wait_until_arrived()
        sock.shutdown(socket.SHUT_WR)
        return seen

    def call(self, sock):
        sock.sendall(UP)
        sock.shutdown(socket.SHUT_WR)
        seen = outcome(sock, limit=MIB)
        self._arrived.release()
        return _to_the_end(sock, seen)


class RequestAfterEnd(Exchange):
    """The application begins to send when the target has ended."""

    def serve(self, sock):
        sock.sendall(DOWN)
        sock.shutdown(socket.SHUT_WR)
        seen = outcome(sock, limit=MIB)
        self._arrived.release()
        return _to_the_end(sock, seen)

    def call(self, sock):
        seen = outcome(sock)
        sock.sendall(UP)
        self._wait_until_arrived()
        sock.shutdown(socket.SHUT_WR)
        return seen
