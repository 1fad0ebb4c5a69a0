"""Hostile clients, servers and neighbours, against the built programs. What the conversation alone decides is tested in
tests/protocols/ftp; here it is seen on real sockets."""
import contextlib
import re
import socket
import ssl
import threading
import time

import pytest
from chains import both_programs, ftps_in
from desk import PASSWORD, USER, Door
from servers import Server
from support.network import free_port
from support.peers import pattern
from support.programs import Daemon, Workstation, wait_for

SECRET_FILE = pattern(60_000, 7)


class Wire:
    """A control connection by hand."""

    def __init__(self, door, context=None):
        self.door = door
        self.sock = socket.create_connection((door.host, door.port), 10)
        self.sock.settimeout(10)
        self.file = self.sock.makefile("rb")
        if context and door.tls == "implicit":
            self.secure(context)

    def secure(self, context):
        self.sock = context.wrap_socket(self.sock, server_hostname=self.door.host)
        self.file = self.sock.makefile("rb")

    def reply(self):
        line = first = self.file.readline().decode("latin-1").rstrip("\r\n")
        while line[3:4] == "-" or (first[3:4] == "-" and not line.startswith(first[:3] + " ")):
            line = self.file.readline().decode("latin-1").rstrip("\r\n")
        return line

    def say(self, line):
        self.sock.sendall(line.encode("latin-1") + b"\r\n")
        return self.reply()

    def login(self):
        assert self.reply().startswith("220")
        assert self.say(f"USER {USER}").startswith("331")
        assert self.say(f"PASS {PASSWORD}").startswith("230")
        assert self.say("TYPE I").startswith("200")
        return self

    def passive_port(self):
        numbers = re.search(r"(\d+),(\d+),(\d+),(\d+),(\d+),(\d+)", self.say("PASV")).groups()
        return int(numbers[4]) * 256 + int(numbers[5])

    def is_closed(self):
        """Ended or reset, without another word."""
        try:
            return self.file.read(1) == b""
        except ConnectionError:
            return True


def trusting(door):
    return ssl.create_default_context(cafile=door.ca)


def read_all(sock):
    data = b""
    while chunk := sock.recv(65536):
        data += chunk
    return data


@pytest.fixture(name="native", scope="module")
def native_chain(tmp_path_factory):
    with Server("pyftpdlib/none") as server, both_programs(server.door, tmp_path_factory.mktemp("n"), "AES256,X25519") as door:
        (server.home / "secret").write_bytes(SECRET_FILE)
        yield door


@pytest.fixture(name="ftps", scope="module")
def ftps_chain(tmp_path_factory):
    with Server("pyftpdlib/none") as server, ftps_in("explicit")(server.door, tmp_path_factory.mktemp("f")) as door:
        (server.home / "secret").write_bytes(SECRET_FILE)
        yield door


@pytest.mark.parametrize("line, code", [
    ("PORT 127,0,0,9,200,10", "500"), ("EPRT |1|127.0.0.9|51210|", "500"), ("PORT 127,0,0,1,0,25", "504"),
    ("EPRT |2|::1|51210|", "522"), ("PORT 127,0,0,1,300,1", "501"), ("LPRT 4,4,127,0,0,1,2,200,10", "502"),
    ("LPSV", "502"), ("CPSV", "502"), ("AUTH TLS", "502"), ("REIN", "502"), ("MODE B", "504"),
])  # fmt: skip
def test_bounces_and_unknown_openings_are_refused(native, line, code):
    wire = Wire(native).login()
    assert wire.say(line).startswith(code)
    assert wire.say("NOOP").startswith("200"), "the session lives on"


def test_a_neighbour_cannot_steal_a_data_connection(native):
    wire = Wire(native).login()
    port = wire.passive_port()
    with contextlib.suppress(ConnectionError):  # it is turned away at once
        thief = socket.create_connection(("127.0.0.1", port), 5, source_address=("127.0.0.2", 0))
        assert thief.recv(1) == b""
    rightful = socket.create_connection(("127.0.0.1", port), 5)
    assert wire.say("RETR secret").startswith(("125", "150"))
    assert read_all(rightful) == SECRET_FILE
    assert wire.reply().startswith("226")


def test_nothing_may_stand_behind_auth(ftps):
    wire = Wire(ftps)
    wire.reply()
    wire.sock.sendall(b"AUTH TLS\r\nFEAT\r\n")
    assert wire.is_closed()


def test_no_login_comes_before_protection(ftps):
    wire = Wire(ftps)
    wire.reply()
    assert wire.say("PASS x").startswith("530")
    assert wire.say(f"USER {USER}").startswith("530")
    assert wire.is_closed()


def test_no_file_crosses_in_clear(ftps):
    wire = Wire(ftps)
    wire.reply()
    assert wire.say("AUTH TLS").startswith("234")
    wire.secure(trusting(ftps))
    for line, code in ((f"USER {USER}", "331"), (f"PASS {PASSWORD}", "230"), ("PBSZ 0", "200"), ("PROT C", "534")):
        assert wire.say(line).startswith(code)
    wire.passive_port()
    assert wire.say("RETR secret").startswith("521")


@pytest.mark.parametrize("request_line", ["GET / HTTP/1.1", "POST / HTTP/1.1", "EHLO mail"])
def test_another_protocol_on_the_port_is_closed(ftps, request_line):
    wire = Wire(ftps)
    wire.reply()
    wire.sock.sendall(request_line.encode() + b"\r\nHost: x\r\n\r\n")
    assert wire.is_closed()


def test_an_endless_line_is_never_taken_apart(native):
    wire = Wire(native).login()
    wire.sock.sendall(b"CWD " + b"x" * 20000 + b"\r\nDELE secret\r\n")
    assert wire.reply().startswith("500")
    assert wire.reply().startswith("421")
    assert wire.is_closed()
    assert Wire(native).login().say("SIZE secret").startswith("213")


def test_alpn_of_others_is_refused(ftps):
    context = trusting(ftps)
    context.set_alpn_protocols(["http/1.1"])
    wire = Wire(ftps)
    wire.reply()
    assert wire.say("AUTH TLS").startswith("234")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        wire.secure(context)


def upload(door, name, cut):
    """The final reply to an upload whose TLS ends with close_notify, or without."""
    context = trusting(door)
    wire = Wire(door)
    wire.reply()
    wire.say("AUTH TLS")
    wire.secure(context)
    for line in (f"USER {USER}", f"PASS {PASSWORD}", "PBSZ 0", "PROT P", "TYPE I"):
        wire.say(line)
    raw = socket.create_connection((door.host, wire.passive_port()), 10)
    assert wire.say(f"STOR {name}").startswith(("125", "150"))
    data = context.wrap_socket(raw, server_hostname=door.host, session=wire.sock.session, suppress_ragged_eofs=False)
    data.sendall(SECRET_FILE)
    if cut:
        data.shutdown(socket.SHUT_WR)  # of TCP: TLS is told nothing
        with contextlib.suppress(OSError):
            data.recv(1)
    else:
        with contextlib.suppress(OSError):
            data = data.unwrap()
    data.close()
    return wire.reply()


def test_an_upload_without_its_signed_end_is_not_confirmed(ftps):
    assert upload(ftps, "whole", cut=False).startswith("226")
    assert upload(ftps, "cut", cut=True).startswith("426")


class HostileServer:
    """Says a script, notes what it hears."""

    def __init__(self, script):
        self.heard = []
        self._script = script
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(b"220 227 Entering Passive Mode (10,9,9,9,200,10).\r\n")
            for line in lines:
                self.heard.append(line)
                answer = self._script(line)
                connection.sendall(answer)


@contextlib.contextmanager
def workstation(folder, port):
    accept = free_port()
    program = Workstation(folder, {"ftp": {"protocol": "FTP", "host": "127.0.0.1", "port": port, "encryption": "FTPS",
                                           "accept": f"127.0.0.1:{accept}", "pin": "sha256//" + "A" * 43 + "="}})
    with program:
        yield Door("127.0.0.1", accept)


@pytest.mark.parametrize("answer", [b"502 no\r\n", b"234 go\r\n230 Logged in already\r\n", b"534 no\r\n"])
def test_a_server_without_protection_hears_no_login(tmp_path, answer):
    server = HostileServer(lambda line: answer)
    with workstation(tmp_path, server.port) as door:
        wire = Wire(door)
        wire.sock.sendall(f"USER {USER}\r\nPASS {PASSWORD}\r\n".encode())
        assert wire.reply().startswith("421")
        assert wire.is_closed()
    assert server.heard == [b"AUTH TLS\r\n"]


def test_an_unknown_certificate_hears_no_login(tmp_path):
    with Server("pyftpdlib/explicit") as server, workstation(tmp_path, server.door.port) as door:
        wire = Wire(door)
        wire.sock.sendall(f"USER {USER}\r\nPASS {PASSWORD}\r\n".encode())
        assert wire.reply().startswith("421")


def test_passive_replies_that_point_elsewhere_are_not_followed(tmp_path):
    """The server names another machine; the file is still fetched from the server itself."""
    with Server("pyftpdlib/none/pasv-address=10.1.2.3") as server, \
            both_programs(server.door, tmp_path, "AES256,X25519") as door:
        (server.home / "secret").write_bytes(SECRET_FILE)
        wire = Wire(door).login()
        data = socket.create_connection(("127.0.0.1", wire.passive_port()), 5)
        wire.say("RETR secret")
        assert read_all(data) == SECRET_FILE
        assert wire.reply().startswith("226")


def test_a_password_is_in_no_log(tmp_path):
    folder = tmp_path / "d"
    with Server("pyftpdlib/none") as server:
        port, accept = free_port(), free_port()
        daemon = Daemon(folder, f"{port} sallyport -p{server.door.port} -aFTP -snative", "[log]\nlevel = debug\n")
        with daemon:
            entry = {"protocol": "FTP", "host": "127.0.0.1", "port": port, "encryption": "AES256,X25519",
                     "accept": f"127.0.0.1:{accept}", "card": daemon.card}
            with Workstation(tmp_path / "w", {"ftp": entry}) as station:
                wire = Wire(Door("127.0.0.1", accept)).login()
                wire.say("ACCT very-secret-account")
                wire.say("NOOP")
                user = wait_for(lambda: [s["user"] for s in daemon.sessions()], what="a session")
                assert user == [USER]
                time.sleep(0.2)
                for log in (daemon.log, station.log):
                    assert PASSWORD not in log
                    assert "very-secret" not in log


def test_guessed_tokens_find_silence(tmp_path):
    with Server("pyftpdlib/none") as server:
        port = free_port()
        daemon = Daemon(tmp_path, f"{port} sallyport -p{server.door.port} -aFTP -snative")
        with daemon:
            start = time.monotonic()
            with socket.create_connection(("127.0.0.1", port), 30) as guess:
                guess.settimeout(30)
                guess.sendall(b"SPC1" + bytes.fromhex("210040") + bytes(64))
                with contextlib.suppress(ConnectionError):
                    assert guess.recv(1) == b""
            assert time.monotonic() - start > 1, "a stranger is kept waiting, not told"
            daemon.wait_log("SP-2006", seconds=15)
