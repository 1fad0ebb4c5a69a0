"""A proxy on the secure leg that records everything and, told to, does what a broken or hostile network does."""
import contextlib
import socket
import threading

from .peers import CHUNK, Outcome, connect, outcome, reset

UP, DOWN = "up", "down"  # from the workstation to the host, and back


class Pass:
    """Lets everything pass. The base of other scripts: each connection gets a new copy from a factory."""

    def pass_on(self, connection, direction, data):
        """The pieces to send on, in order."""
        del connection, direction
        return [data]


class OneByteSegments(Pass):
    """One byte in each segment, both ways, for the first `size` bytes of each direction."""

    def __init__(self, size=4096):
        self._left = {UP: size, DOWN: size}

    def pass_on(self, connection, direction, data):
        small = min(self._left[direction], len(data))
        self._left[direction] -= small
        return [data[i:i + 1] for i in range(small)] + [data[small:]]


class Flip(Pass):
    """Flips one bit of the stream in one direction: bit 0 is the top bit of its first byte."""

    def __init__(self, direction, bit):
        self._direction = direction
        self._byte, self._mask, self._seen = bit // 8, 0x80 >> bit % 8, 0

    def pass_on(self, connection, direction, data):
        if direction != self._direction:
            return [data]
        at = self._byte - self._seen
        self._seen += len(data)
        if 0 <= at < len(data):
            data = data[:at] + bytes([data[at] ^ self._mask]) + data[at + 1:]
        return [data]


class Cut(Pass):
    """Ends the connection on both sides after `size` bytes of one direction: by "RST", by "FIN", or by "silence": then
    it stays open and nothing passes any more."""

    def __init__(self, direction, size, how="RST"):
        self._direction, self._left, self._how = direction, size, how

    def pass_on(self, connection, direction, data):
        if direction != self._direction or len(data) < self._left:
            self._left -= len(data) if direction == self._direction else 0
            return [data]
        connection.last_words(direction, data[:self._left])
        connection.cut(self._how)
        return []


class Replay(Pass):
    """Puts recorded bytes in place of what one direction says: all of them at its first word, nothing later."""

    def __init__(self, direction, recorded):
        self._direction, self._recorded = direction, bytes(recorded)

    def pass_on(self, connection, direction, data):
        if direction != self._direction:
            return [data]
        recorded, self._recorded = self._recorded, b""
        return [recorded]


class Reflect(Pass):
    """Sends what one side says back to it, and none of it on; what the other side says passes."""

    def __init__(self, direction):
        self._direction = direction

    def pass_on(self, connection, direction, data):
        if direction != self._direction:
            return [data]
        connection.last_words(DOWN if direction == UP else UP, data)
        return []


class Connection:
    """One connection through the proxy; `up` and `down` are what each side said, before any script changed it."""

    def __init__(self, proxy, client, server, script):
        self.up, self.down = bytearray(), bytearray()
        self._proxy, self._script = proxy, script
        self._from = {UP: client, DOWN: server}
        self._to = {UP: server, DOWN: client}
        self._ended = 0
        self._cut = False
        self._lock = threading.Lock()
        for direction in (UP, DOWN):
            threading.Thread(target=self._forward, args=(direction,), daemon=True).start()

    def _forward(self, direction):
        source, to = self._from[direction], self._to[direction]
        record = self.up if direction == UP else self.down
        try:
            while data := source.recv(CHUNK):
                record += data
                self._proxy.open_.wait()
                if self._cut:
                    return
                for piece in self._script.pass_on(self, direction, data):
                    if piece and not self._cut:
                        to.sendall(piece)
            self._proxy.open_.wait()
            if not self._cut:
                to.shutdown(socket.SHUT_WR)
        except OSError:
            if not self._cut:
                self.cut("RST")  # a reset on one side is a reset on the other
        with self._lock:
            self._ended += 1
            if self._ended == 2 and not self._cut:
                source.close()
                to.close()

    def last_words(self, direction, data):
        with contextlib.suppress(OSError):
            self._to[direction].sendall(data)

    def cut(self, how):
        self._cut = True
        for sock in self._from.values():
            with contextlib.suppress(OSError):
                if how == "RST":
                    sock.shutdown(socket.SHUT_RD)  # says nothing, but wakes a reader, who would keep the socket open
                    reset(sock)
                elif how == "FIN":
                    sock.shutdown(socket.SHUT_WR)


class Proxy:
    """Listens on `port` and leads to the server port. `script` is called for each connection and yields its script:
    Pass, lambda: Cut(UP, 100), ... ; set it at any time, for the connections to come."""

    def __init__(self, server_port, script=Pass, port=0, address="127.0.0.1", server_address="127.0.0.1"):
        self._listener = socket.create_server((address, port), backlog=1024)
        self.port = self._listener.getsockname()[1]
        self.script = script
        self.connections = []
        self.open_ = threading.Event()
        self.open_.set()
        self._server = (server_port, server_address)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                server = connect(*self._server)
            except OSError:
                reset(client)
                continue
            for sock in (client, server):
                sock.settimeout(None)
            self.connections.append(Connection(self, client, server, self.script()))

    def silence(self):
        """From now on nothing passes, and nothing is closed: what a pulled cable looks like to both ends."""
        self.open_.clear()

    def resume(self):
        self.open_.set()

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for connection in self.connections:
            connection.cut("RST")
        self.open_.set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def say(port, data, seconds=15, end=False) -> Outcome:
    """What a stranger who sends `data` to a server port sees. Without `end` his side stays open."""
    with connect(port) as sock:
        sock.sendall(data)
        if end:
            sock.shutdown(socket.SHUT_WR)
        return outcome(sock, seconds)
