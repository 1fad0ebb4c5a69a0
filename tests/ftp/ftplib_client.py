"""Python's ftplib as a client, and its session as a hand on the wire, for what no program can be told to do."""
import contextlib
import ftplib
import os
import socket
import ssl

from clients import Client
from desk import PASSWORD, USER, Said, Wrong

PATIENCE = 5  # seconds for each answer


class Session(ftplib.FTP_TLS):
    """ftplib, but for what the cases need: either kind of TLS, any mode, a resumed TLS session, CR in names."""

    def __init__(self, door, mode, reuse):
        super().__init__(context=ssl.create_default_context(cafile=door.ca), encoding="latin-1")
        self.door, self.mode, self.reuse = door, mode or "pasv", reuse
        self.sockets = []
        self.set_pasv(self.mode in ("pasv", "epsv"))

    def open(self):
        door = self.door
        self.host, self.port, self.timeout = door.host, door.port, PATIENCE
        self.sock = socket.create_connection((door.host, door.port), PATIENCE)
        self.sockets.append(self.sock)
        if door.tls == "implicit":
            self._take(self.context.wrap_socket(self.sock, server_hostname=door.host))
        else:
            self._take(self.sock)
        self.welcome = self.getresp()
        if door.tls == "explicit":
            self.auth()
            self._take(self.sock)
        ftplib.FTP.login(self, USER, PASSWORD)
        if door.tls != "none":
            self.prot_p()

    def _take(self, sock):
        self.sock, self.af = sock, sock.family
        self.sockets.append(sock)
        self.file = sock.makefile("r", encoding=self.encoding, newline="\n")  # CR alone is part of a name

    def putline(self, line):
        """CR in a name travels as CR NUL (RFC 2640, 3); ftplib would refuse it."""
        self.sock.sendall(line.replace("\r", "\r\0").encode(self.encoding) + b"\r\n")

    def makepasv(self):
        if self.mode == "epsv":
            return ftplib.parse229(self.sendcmd("EPSV"), self.sock.getpeername())
        return super().makepasv()

    def sendport(self, host, port):
        return self.sendeprt(host, port) if self.mode == "eprt" else super().sendport(host, port)

    def ntransfercmd(self, cmd, rest=None):
        data, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        self.sockets.append(data)
        data.settimeout(PATIENCE)
        if data.getpeername()[0] != self.sock.getpeername()[0]:
            raise Wrong(f"the data connection came from {data.getpeername()[0]}")
        return self.protect(data), size

    def protect(self, data):
        if self.door.tls == "none":
            return data
        session = self.sock.session if self.reuse else None
        data = self.context.wrap_socket(data, server_hostname=self.host, session=session)
        self.sockets.append(data)
        return data

    def close_sockets(self):
        for sock in self.sockets:
            sock.close()


class Ftplib(Client):
    modes = {"pasv": None, "epsv": None, "port": None, "eprt": None}
    reuse = False
    _open = None

    @contextlib.contextmanager
    def session(self, mode=None):
        self._open = Session(self.door, mode, self.reuse)
        try:
            self._open.open()
            yield self._open
        finally:
            self._open.close()
            self._open.close_sockets()

    def abandon(self):
        for sock in list(self._open.sockets) if self._open else ():
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)  # whoever waits on it wakes

    def in_session(self, what, mode=None):
        """Does what(session) and quits."""
        try:
            with self.session(mode) as session:
                output = what(session)
                session.quit()
                return Said(0, output or b"")
        except (*ftplib.all_errors, Wrong) as error:
            return Said(1, repr(error).encode("latin-1", "backslashreplace"))

    def get(self, remote, local, mode=None, resume=False, text=False):
        def work(session):
            if text:
                with open(local, "w", encoding="latin-1") as file:
                    session.retrlines(f"RETR {name}", lambda line: print(line, file=file))
            else:
                with open(local, "ab" if resume else "wb") as file:
                    session.retrbinary(f"RETR {name}", file.write, rest=file.tell() or None)

        name = remote.decode("latin-1")
        return self.in_session(work, mode)

    def put(self, local, remote, mode=None, resume=False, append=False):
        def work(session):
            start = 0
            with open(local, "rb") as file:
                if resume:
                    session.voidcmd("TYPE I")
                    start = session.size(name)
                    file.seek(start)
                session.storbinary(f"{'APPE' if append else 'STOR'} {name}", file, rest=start or None)

        name = remote.decode("latin-1")
        return self.in_session(work, mode)

    def list(self, folder, mode=None, names=False):
        def work(session):
            lines = []
            session.retrlines(f"{'NLST' if names else 'LIST'} {folder.decode()}", lines.append)
            return "\n".join(lines).encode("latin-1")

        return self.in_session(work, mode)

    def get_many(self, folder, names, into):
        def work(session):
            for name in names:
                with open(os.path.join(into, name), "wb") as file:
                    session.retrbinary(f"RETR {folder.decode()}/{name.decode()}", file.write)

        return self.in_session(work)

    def put_many(self, names, folder):
        def work(session):
            for name in names:
                with open(self.desk.at(b"many/" + name), "rb") as file:
                    session.storbinary(f"STOR {folder.decode()}/{name.decode()}", file)

        return self.in_session(work)

    def rename(self, old, new):
        return self.in_session(lambda session: session.rename(old.decode(), new.decode()) and b"")

    def delete(self, name):
        return self.in_session(lambda session: session.delete(name.decode()) and b"")

    def make_folder(self, name):
        return self.in_session(lambda session: session.mkd(name.decode()) and b"")

    def remove_folder(self, name):
        return self.in_session(lambda session: session.rmd(name.decode()) and b"")


class FtplibReuse(Ftplib):
    """Data connections resume the TLS session of the control connection, which ftplib itself cannot be told to do."""

    tls = ("explicit", "implicit")
    reuse = True
