"""A client's hand on the wire: every byte that it sends is the test's, and every end that it sees is told apart."""
import contextlib
import socket
import ssl

from desk import PASSWORD, USER
from support.peers import CHUNK, Outcome

GONE = ""  # the reply that never comes, because the connection has ended


class Refused(AssertionError):
    """`said` is what came in place of what was expected."""

    def __init__(self, line, said):
        super().__init__(f"{line}: {said!r}")
        self.said = said


def trusting(ca, newest=ssl.TLSVersion.TLSv1_3, alpn=()):
    """A client's context; without a CA it trusts everybody, as somebody does who has other plans."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # the certificate that the daemon made itself has the machine's name
    context.verify_mode = ssl.CERT_REQUIRED if ca else ssl.CERT_NONE
    if ca:
        context.load_verify_locations(ca)
    context.maximum_version = newest
    context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # Python takes every end for close_notify
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


def read_end(sock, seconds=10, limit=None):
    """Reads to the end, or `limit` bytes. The end: "FIN" (under TLS: close_notify), "cut" (FIN where close_notify
    belongs), "RST", "timeout", "more"."""
    sock.settimeout(seconds)
    data = bytearray()
    while limit is None or len(data) < limit:
        try:
            chunk = sock.recv(CHUNK if limit is None else min(CHUNK, limit - len(data)))
        except ssl.SSLEOFError:
            return Outcome(bytes(data), "cut")
        except (ConnectionResetError, BrokenPipeError):
            return Outcome(bytes(data), "RST")
        except TimeoutError:
            return Outcome(bytes(data), "timeout")
        except ssl.SSLError as error:
            return Outcome(bytes(data), f"alert: {error.reason}")
        if not chunk:
            return Outcome(bytes(data), "FIN")
        data += chunk
    return Outcome(bytes(data), "more")


class Hand:
    """One control connection, and the data connections that a test opens for it."""

    def __init__(self, relay, source=None, context=None, greeted=True, seconds=10):
        self.address = ("127.0.0.1", relay.port)
        self.tls, self.seconds = relay.tls, seconds
        self.context = context or trusting(relay.ca)
        self.protected = False
        self._buffer = b""
        bound = (source, 0) if source else None
        self.sock = socket.create_connection(self.address, seconds, source_address=bound)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls == "implicit":
            self.secure()
        self.greeting = self.reply() if greeted else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def _fill(self):
        self.sock.settimeout(self.seconds)
        try:
            data = self.sock.recv(CHUNK)
        except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
            data = b""
        self._buffer += data
        return bool(data)

    def line(self):
        """Without its end; GONE when the connection has ended."""
        while b"\r\n" not in self._buffer:
            if not self._fill():
                return GONE
        line, self._buffer = self._buffer.split(b"\r\n", 1)
        return line.decode("latin-1")

    def reply(self):
        """A whole reply, its lines joined; GONE when the connection has ended."""
        lines = [self.line()]
        while lines[-1] and lines[0][3:4] == "-" and not lines[-1].startswith(lines[0][:3] + " "):
            lines.append(self.line())
        return "\n".join(lines)

    def say(self, line):
        self.send((line if isinstance(line, bytes) else line.encode("latin-1")) + b"\r\n")
        return self.reply()

    def expect(self, line, code):
        said = self.say(line)
        if not said.startswith(code):
            raise Refused(line, said)
        return said

    def ends(self, seconds=5):
        """True when the connection ends without another byte."""
        self.seconds = seconds
        return not self._buffer and not self._fill()

    def secure(self, **options):
        self.sock = self.context.wrap_socket(self.sock, server_hostname="localhost", suppress_ragged_eofs=False,
                                             **options)
        self.protected = True

    def protect(self):
        """AUTH TLS where it belongs, and protected data."""
        if self.tls == "explicit" and not self.protected:
            self.expect("AUTH TLS", "234")
            self.secure()
        if self.tls != "none":
            self.expect("PBSZ 0", "200")
            self.expect("PROT P", "200")

    def log_in(self):
        self.protect()
        self.expect(f"USER {USER}", "331")
        self.expect(f"PASS {PASSWORD}", "230")
        self.expect("TYPE I", "200")
        return self

    def passive(self):
        """The port that the answer to PASV names; the address must be the one that this client connected to."""
        said = self.expect("PASV", "227 ")
        numbers = said[said.index("(") + 1:said.index(")")].split(",")
        assert ".".join(numbers[:4]) == self.address[0], said
        return int(numbers[4]) * 256 + int(numbers[5])

    def connect_data(self, port, source=None):
        bound = (source, 0) if source else None
        return socket.create_connection((self.address[0], port), self.seconds, source_address=bound)

    def protect_data(self, sock, session=True, context=None):
        """Resumes the control connection's session, unless told otherwise."""
        if not self.protected:
            return sock
        kept = self.sock.session if session is True else session
        return (context or self.context).wrap_socket(sock, server_hostname="localhost", suppress_ragged_eofs=False,
                                                     session=kept or None)

    def begin(self, command, through=None, **how):
        """A transfer after PASV up to its 1yz; yields the data connection. `through` leads its port elsewhere."""
        port = self.passive()
        try:
            sock = self.connect_data(through(port) if through else port)
        except (ConnectionRefusedError, ConnectionResetError) as error:  # given up already; the command is not sent
            raise Refused(command, f"no data connection: {error}") from None
        self.expect(command, "1")  # 125 or 150
        return self.protect_data(sock, **how)

    def get(self, name, **how):
        """A whole download: its content. Fails unless it is complete."""
        sock = self.begin(f"RETR {name}", **how)
        seen = read_end(sock, self.seconds)
        finish(sock)
        said = self.reply()
        assert seen.end == "FIN" and said.startswith("226"), (seen, said)
        return seen.data

    def put(self, name, content, **how):
        """A whole upload. Fails unless it is complete."""
        sock = self.begin(f"STOR {name}", **how)
        sock.sendall(content)
        finish(sock)
        said = self.reply()
        assert said.startswith("226"), said


def finish(sock):
    """The clean end of a data connection: close_notify where there is TLS, and FIN."""
    with contextlib.suppress(OSError):
        if isinstance(sock, ssl.SSLSocket):
            sock.settimeout(5)
            sock.unwrap()
    sock.close()
