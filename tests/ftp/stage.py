"""A scripted FTP server: it behaves as one should, except where a test tells it not to, and remembers what it was told
and how each upload ended."""
import contextlib
import socket
import ssl
import threading

from hand import read_end
from support.peers import CHUNK
from support.programs import wait_for


class Visit:
    """One control connection at a Stage. `said` are the lines that came, with whether they were protected."""

    def __init__(self, stage, sock):
        self.stage, self.sock = stage, sock
        self.said = []
        self.listener = None
        self.active = None
        self.protected = False
        self.buffer = b""

    def send(self, data):
        self.sock.sendall(data)

    def reply(self, text):
        self.send(text.encode("latin-1") + b"\r\n")

    def secure(self):
        self.sock = self.stage.context.wrap_socket(self.sock, server_side=True, suppress_ragged_eofs=False)
        self.protected = True

    def lines(self):
        while True:
            while b"\r\n" in self.buffer:
                line, self.buffer = self.buffer.split(b"\r\n", 1)
                self.said.append((line, self.protected))
                yield line.decode("latin-1")
            data = self.sock.recv(CHUNK)
            if not data:
                return
            self.buffer += data

    def listen(self):
        """A passive port of its own for the next transfer."""
        if self.listener:
            self.listener.close()
        self.listener = self.stage.create_listener()
        self.listener.settimeout(5)
        return self.listener.getsockname()[1]

    def data(self):
        """The data connection of a transfer, before any TLS."""
        if self.active:
            return socket.create_connection(self.active, 5)
        sock, _ = self.listener.accept()
        self.listener.close()
        return sock

    def protect_data(self, sock):
        if not self.protected:
            return sock
        return self.stage.context.wrap_socket(sock, server_side=True, suppress_ragged_eofs=False)

    def close(self):
        for sock in (self.sock, self.listener):
            if sock:
                with contextlib.suppress(OSError):
                    sock.close()


def pasv(visit, _):
    port = visit.listen()
    visit.reply(f"227 Entering Passive Mode ({visit.stage.address.replace('.', ',')},{port >> 8},{port & 255}).")


def port(visit, argument):
    numbers = argument.split(",")
    visit.active = (".".join(numbers[:4]), int(numbers[4]) * 256 + int(numbers[5]))
    visit.reply("200 I will connect")


def retr(visit, name):
    content = visit.stage.files.get(name)
    if content is None:
        return visit.reply("550 There is no such file")
    raw = visit.data()
    visit.reply("150 Here it comes")
    with visit.protect_data(raw) as sock:
        sock.sendall(content)
        end(sock)
    return visit.reply("226 Done")


def listing(visit, _):
    visit.stage.files.setdefault("LIST", b"".join(name.encode() + b"\r\n" for name in visit.stage.files))
    retr(visit, "LIST")


def stor(visit, name):
    """Says 226 to every upload, however it ended: whoever stands before it must know better."""
    raw = visit.data()
    visit.reply("150 I am listening")
    try:
        with visit.protect_data(raw) as sock:
            seen = read_end(sock, 20)
            end(sock)
    except OSError as error:  # the handshake did not come to its end
        seen = read_end(raw, 0.1) if raw.fileno() >= 0 else None
        seen = seen or type(error).__name__
    visit.stage.stored[name] = seen
    visit.reply("226 Stored")


def end(sock):
    """Under TLS with close_notify. Nobody waits for the other one."""
    with contextlib.suppress(OSError):
        if isinstance(sock, ssl.SSLSocket):
            sock.settimeout(2)
            sock.unwrap()
        sock.shutdown(socket.SHUT_WR)


def auth(visit, _):
    visit.reply("234 Go on")
    visit.secure()


WELL_BEHAVED = {
    "USER": lambda visit, _: visit.reply("331 And the password?"),
    "PASS": lambda visit, _: visit.reply("230 Welcome"),
    "ACCT": lambda visit, _: visit.reply("230 Welcome again"),
    "TYPE": lambda visit, _: visit.reply("200 As you like"),
    "NOOP": lambda visit, _: visit.reply("200 Nothing done"),
    "PWD": lambda visit, _: visit.reply('257 "/" is where you are'),
    "PBSZ": lambda visit, _: visit.reply("200 PBSZ=0"),
    "PROT": lambda visit, _: visit.reply("200 Protected"),
    "QUIT": lambda visit, _: visit.reply("221 Goodbye"),
    "AUTH": auth, "PASV": pasv, "PORT": port, "RETR": retr, "STOR": stor, "LIST": listing,
}  # fmt: skip


class Stage:
    """Listens on `port`; `script` has functions (visit, argument) by verb, which take the place of good behaviour. With
    a `pair` (certificates.Pair) it knows TLS; `implicit` begins with it."""

    def __init__(self, files=None, script=None, pair=None, implicit=False, greeting="220 On stage", address="127.0.0.1",
                 passive_ports=(0,), control_port=0):
        self.files, self.stored, self.visits = files or {}, {}, []
        self.script = {**WELL_BEHAVED, **(script or {})}
        self.greeting, self.address, self.implicit, self._ports = greeting, address, implicit, passive_ports
        self.context = None
        if pair:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pair.certificate, pair.key)
            self.context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        self._listener = socket.create_server((address, control_port), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def create_listener(self):
        for at in self._ports:
            with contextlib.suppress(OSError):
                return socket.create_server((self.address, at))
        raise OSError("no free passive port")

    def _accept(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(60)
            visit = Visit(self, sock)
            self.visits.append(visit)
            threading.Thread(target=self._serve, args=(visit,), daemon=True).start()

    def _serve(self, visit):
        with contextlib.suppress(OSError):
            if self.implicit:
                visit.secure()
            visit.reply(self.greeting)
            for line in visit.lines():
                verb, _, argument = line.lstrip("\xff\xf4\xf2").partition(" ")
                act = self.script.get(verb.upper())
                if act is None:
                    visit.reply("502 Not in this play")
                else:
                    act(visit, argument)
                if verb.upper() == "QUIT":
                    break
        visit.close()

    def heard(self):
        """All lines of all visits, in order."""
        return [line for visit in self.visits for line, _ in visit.said]

    def heard_in_clear(self):
        return [line for visit in self.visits for line, protected in visit.said if not protected]

    def how_stored(self, name, seconds=10):
        """How the upload ended here, once it has."""
        wait_for(lambda: name in self.stored, seconds, f"the end of {name} at the server")
        return self.stored[name]

    def close(self):
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)
        for visit in self.visits:
            visit.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
