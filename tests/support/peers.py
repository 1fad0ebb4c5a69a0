"""Plain peers: stand-ins for the MIP behind the daemon, and what a plain client does and sees."""
import contextlib
import dataclasses
import queue
import socket
import struct
import threading
import time

CHUNK = 256 * 1024


@dataclasses.dataclass
class Outcome:
    """What a reader saw: the bytes, and how the stream ended: "FIN", "RST" or "timeout"."""
    data: bytes
    end: str

    def __repr__(self):
        return f"<{len(self.data)} bytes {self.data[:24]!r}, {self.end}>"

    @property
    def whole(self):
        return (self.data, self.end)


def pattern(size, seed=0):
    """Bytes that depend on their position, so that a lost, doubled or moved piece shows."""
    words = struct.pack(">256I", *((i * 2654435761 + seed * 40503) & 0xFFFFFFFF for i in range(256)))
    marked = b"".join(struct.pack(">I", block ^ seed) + words[4:] for block in range(size // 1024 + 1))
    return marked[:size]


def reset(sock):
    """Closes with RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def outcome(sock, seconds=10, limit=None):
    """Reads to the end (or `limit` bytes, then the end is "more"). `seconds` is the patience for each silence."""
    sock.settimeout(seconds)
    data = bytearray()
    while limit is None or len(data) < limit:
        try:
            chunk = sock.recv(CHUNK if limit is None else min(CHUNK, limit - len(data)))
        except (ConnectionResetError, BrokenPipeError):
            return Outcome(bytes(data), "RST")
        except TimeoutError:
            return Outcome(bytes(data), "timeout")
        if not chunk:
            return Outcome(bytes(data), "FIN")
        data += chunk
    return Outcome(bytes(data), "more")


def connect(port, address="127.0.0.1", seconds=10):
    sock = socket.create_connection((address, port), timeout=seconds)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def converse(port, data, address="127.0.0.1", seconds=10, half_close=True):
    """Connects, sends `data` and its end while it reads, and yields the outcome. A reset that the sending side met is
    the outcome too: the system reports it once, to whoever comes first."""
    try:
        sock = connect(port, address, seconds)
    except ConnectionResetError:  # refused by the program, not by the system, and before connect() had returned
        return Outcome(b"", "RST")
    with sock:
        met = []

        def send():
            try:
                sock.sendall(data)
                if half_close:
                    sock.shutdown(socket.SHUT_WR)
            except OSError as error:
                met.append(error)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        seen = outcome(sock, seconds)
        sender.join(seconds)
        if seen.end == "FIN" and any(isinstance(error, (ConnectionResetError, BrokenPipeError)) for error in met):
            return Outcome(seen.data, "RST")
        return seen


def refused(port, address="127.0.0.1"):
    """True when nothing listens there."""
    try:
        connect(port, address, 5).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass  # somebody took the connection and ended it before this process looked
    return False


# Behaviours of a Mip: each serves one conversation and yields what it saw of the other side.

def echo(sock):
    """Sends back what comes, and ends when the other side does."""
    size = 0
    buffer = memoryview(bytearray(CHUNK))
    while count := sock.recv_into(buffer):
        sock.sendall(buffer[:count])
        size += count
    sock.shutdown(socket.SHUT_WR)
    return Outcome(b"%d" % size, "FIN")


def count(sock):
    """Answers the number of bytes that came, after their end."""
    seen = outcome(sock, 60)
    if seen.end == "FIN":
        sock.sendall(b"%d" % len(seen.data))
        sock.shutdown(socket.SHUT_WR)
    return seen


def sink(sock):
    """Reads to the end and says nothing."""
    return outcome(sock, 120)


def source(data):
    """Sends `data` and its end at once, then reads what the other side has to say."""
    def serve(sock):
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return outcome(sock, 60)
    return serve


def reply_after_end(data, delay):
    """Reads to the end, waits, answers."""
    def serve(sock):
        seen = outcome(sock, 60)
        time.sleep(delay)
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        return seen
    return serve


def resets_after(size):
    """Reads `size` bytes and resets."""
    def serve(sock):
        seen = outcome(sock, 60, limit=size)
        reset(sock)
        return seen
    return serve


class Mip:
    """A plain server with one behaviour, each conversation on a thread. seen() yields what conversations saw, in the
    order in which they ended; `started` counts them."""

    def __init__(self, behaviour=echo, port=0, address="127.0.0.1"):
        self._listener = socket.create_server((address, port), backlog=4096)
        self.address, self.port = self._listener.getsockname()
        self.behaviour = behaviour
        self.started = 0
        self._ended = queue.Queue()
        self._open = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(sock)
                self.started += 1
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock):
        try:
            seen = self.behaviour(sock)
        except (ConnectionResetError, BrokenPipeError):
            seen = Outcome(b"", "RST")
        except OSError as error:
            seen = Outcome(str(error).encode(), "error")
        self._ended.put(seen)
        with self._lock:
            self._open.discard(sock)
        sock.close()

    def seen(self, seconds=10):
        """What the next conversation to end saw."""
        try:
            return self._ended.get(timeout=seconds)
        except queue.Empty:
            raise AssertionError(f"no conversation of the target ended within {seconds} s") from None

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
