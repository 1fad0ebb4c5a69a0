"""Cases with a hand on the wire: what users and networks do in the middle of things. They need client.session()."""
import select
import socket
import ssl
import time

from desk import NotAvailable, Wrong
from support.peers import outcome, reset

UNDER_WAY = 300_000  # bytes after which a transfer is surely in its middle
IAC, IP, DM = b"\xff", b"\xf4", b"\xf2"


def seeded(desk):
    """A file to get: what it holds, and its name for the session."""
    with open(desk.seed(b"a.bin", like=desk.make(b"source")), "rb") as file:
        return file.read(), desk.remote(b"a.bin").decode()


def expect_content(session, content, name):
    got = bytearray()
    session.retrbinary(f"RETR {name}", got.extend)
    if got != content:
        raise Wrong(f"{len(got)} of {len(content)} bytes, or others")


def expect_in_step(session, content, name):
    """However the last transfer ended, the session goes on: the answer to NOOP comes, and a download works."""
    session.putcmd("NOOP")
    replies = []
    while not replies or not replies[-1].startswith("200"):
        if len(replies) == 5:
            raise Wrong(f"no answer to NOOP in {replies}")
        replies.append(session.getmultiline())
    expect_content(session, content, name)


def begin_huge(session, desk):
    """A download in its middle."""
    huge = desk.seed_huge().decode()
    session.voidcmd("TYPE I")
    data, _ = session.ntransfercmd(f"RETR {huge}")
    received = 0
    while received < UNDER_WAY:
        piece = data.recv(65536)
        if not piece:
            raise Wrong(f"the download ended after {received} bytes")
        received += len(piece)
    return data


def end_in_order(data):
    """Answers close_notify where there is TLS: a server may insist."""
    if isinstance(data, ssl.SSLSocket):
        data.unwrap()
    data.close()


def pasv_twice(client, desk):
    with client.session() as session:
        content, name = seeded(desk)
        session.makepasv()
        session.makepasv()
        expect_content(session, content, name)


def noop_mid(client, desk):
    with client.session() as session:
        content, name = seeded(desk)
        session.voidcmd("TYPE I")
        data, _ = session.ntransfercmd(f"RETR {name}")
        session.putcmd("NOOP")
        got = outcome(data)
        end_in_order(data)
        codes = sorted(session.getmultiline()[:3] for _ in range(2))
        if got.whole != (content, "FIN") or codes != ["200", "226"]:
            raise Wrong(f"{len(got.data)} bytes, {got.end}, replies {codes}")


def pipelined(client, desk):
    with client.session() as session:
        content, name = seeded(desk)
        session.sock.sendall(b"NOOP\r\nPWD\r\nTYPE I\r\nNOOP\r\n")
        codes = [session.getmultiline()[:3] for _ in range(4)]
        if codes != ["200", "257", "200", "200"]:
            raise Wrong(f"replies {codes}")
        expect_content(session, content, name)


def one_byte(client, desk):
    """Each byte of a command in a segment of its own."""
    with client.session() as session:
        content, name = seeded(desk)
        session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for command in ("TYPE I", f"SIZE {name}"):
            for byte in command.encode() + b"\r\n":
                session.sock.sendall(bytes([byte]))
                time.sleep(0.001)  # the kernel joins what it has not sent yet
            reply = session.getmultiline()
        if reply.split() != ["213", str(len(content))]:
            raise Wrong(reply)


def abort(client, desk):
    """ABOR in line, as any client can send it; where it has no effect, the data connection ends soon after."""
    with client.session() as session:
        content, name = seeded(desk)
        data = begin_huge(session, desk)
        session.sock.sendall(b"ABOR\r\n")
        select.select([session.sock], [], [], 0.3)
        data.close()
        expect_in_step(session, content, name)


def abort_urgent(client, desk):
    """IP and Synch, as RFC 959, 4.1.3 has it: the answer comes while the data connection stays open and unread."""
    if client.door.tls != "none":
        raise NotAvailable("TLS has no urgent data")
    with client.session() as session:
        content, name = seeded(desk)
        data = begin_huge(session, desk)
        session.sock.sendall(IAC + IP)
        session.sock.send(IAC + DM, socket.MSG_OOB)
        session.sock.sendall(b"ABOR\r\n")
        session.getmultiline()
        data.close()
        expect_in_step(session, content, name)


def drop(client, desk):
    """A download whose data connection is reset is reported as incomplete."""
    with client.session() as session:
        content, name = seeded(desk)
        reset(begin_huge(session, desk))
        reply = session.getmultiline()
        if reply[:1] not in "45":
            raise Wrong(reply)
        expect_in_step(session, content, name)


def put_reset(client, desk):
    """So is an upload."""
    with client.session() as session:
        content, name = seeded(desk)
        session.voidcmd("TYPE I")
        data, _ = session.ntransfercmd(f"STOR {desk.remote(b'cut.bin').decode()}")
        data.sendall(content[:UNDER_WAY])
        select.select([session.sock], [], [], 0.2)
        reset(data)
        reply = session.getmultiline()
        if reply[:1] not in "45":
            raise Wrong(reply)
        expect_in_step(session, content, name)


WIRE_CASES = {"pasv-twice": pasv_twice, "noop-mid": noop_mid, "pipelined": pipelined, "one-byte": one_byte,
              "abort": abort, "abort-urgent": abort_urgent, "drop": drop, "put-reset": put_reset}
