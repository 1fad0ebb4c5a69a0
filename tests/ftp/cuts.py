"""Cuts of the legs of a transfer, at one byte of its data connection."""
import contextlib
import selectors
import socket
import threading

from support.peers import connect, reset
from support.proxy import Connection, Pass


class At(Pass):
    """Does `act`(connection) once, after `size` bytes of one direction have passed."""

    def __init__(self, direction, size, act):
        self._direction, self._left, self._act = direction, size, act

    def pass_on(self, connection, direction, data):
        if direction != self._direction or self._act is None:
            return [data]
        if len(data) < self._left:
            self._left -= len(data)
            return [data]
        act, self._act = self._act, None
        connection.last_words(direction, data[:self._left])
        act(connection)
        return [data[self._left:]]  # to nobody, if it was cut


def cut_apart(connection, direction):
    """Whoever receives sees the connection end as by FIN; whoever sends, by RST. Nobody reads on in vain."""
    sender = connection._from[direction]  # pylint: disable=protected-access
    connection.cut("FIN")
    sender.shutdown(socket.SHUT_RD)
    reset(sender)


def cutting(how, direction):
    if how == "FIN":
        return lambda connection: cut_apart(connection, direction)
    return lambda connection: connection.cut(how)


def cutting_off(direction):
    """Whoever sends in this direction sees a reset; the other side is not told."""
    def act(connection):
        connection.cut("silence")
        sender = connection._from[direction]  # pylint: disable=protected-access
        sender.shutdown(socket.SHUT_RD)  # wakes a reader, who would keep the socket open
        reset(sender)
    return act


class MirroredHost:
    """An address of loopback whose `ports` lead to the same ports of 127.0.0.1, through Connections of the proxy. The
    factory `script` is asked with the port for each new connection."""

    def __init__(self, ports, address):
        self.address, self.script = address, lambda port: Pass()
        self.connections = []
        self.open_ = threading.Event()
        self.open_.set()
        self._selector = selectors.DefaultSelector()
        self._wake, waker = socket.socketpair()
        self._selector.register(waker, selectors.EVENT_READ)
        for port in ports:
            self._selector.register(socket.create_server((address, port), backlog=16), selectors.EVENT_READ, port)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                client, _ = key.fileobj.accept()
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._lead(client, key.data)

    def _lead(self, client, port):
        try:
            server = connect(port)
        except OSError:
            return reset(client)
        for sock in (client, server):
            sock.settimeout(None)
        self.connections.append((port, Connection(self, client, server, self.script(port))))

    def last(self, port):
        """The newest connection to a port."""
        return [connection for at, connection in self.connections if at == port][-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self._wake.send(b"x")
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._wake.close()
        for _, connection in self.connections:
            connection.cut("RST")
