"""The scenario `ftp`: a large file and many small ones, each way, over one login, through every chain of ours and
beside the server's own TLS. The server is vsftpd, the client Python's ftplib; both are the same in every chain."""

import collections
import ftplib
import functools
import io
import os
import socket
import ssl
import sys
import time
from pathlib import Path

import isolation
from relay import CONTENDERS, Relay

TESTS = Path(__file__).resolve().parents[2] / "tests"
PLAIN, TLS = "vsftpd/none", "vsftpd/explicit/reuse=no"
MIB = 1 << 20


class Chain(collections.namedtuple("Chain", "name kind server halves settings")):
    """`halves` of ours stand before the server, the one behind first; `settings` are those of the file at `path`."""

    path = CONTENDERS / "common/sallyport"

    @property
    def client_speaks_tls(self):
        return self.name in ("ftps-own", "ftps-in")


def native(suite):
    return {"ENCRYPTION": suite, "FLAGS": f"-snative -e{suite}"}


CHAINS = (
    Chain("bare", "floor", PLAIN, (), {}),
    Chain("clear", "ours", PLAIN, ("server",), {"FLAGS": "-splain"}),
    Chain("native-aes256", "ours", PLAIN, ("server", "client"), native("AES256,X25519")),
    Chain("native-des168", "ours", PLAIN, ("server", "client"), native("DES168,DH1024")),
    Chain("ftps-own", "tls", TLS, (), {}),
    Chain("ftps-in", "ours", PLAIN, ("server",), {"FLAGS": "-sftps", "LEAST": "1.2"}),
    Chain("ftps-out", "ours", TLS, ("client",), {"ENCRYPTION": "FTPS"}),
)


class Front(Relay):
    """What stands before the server, if anything."""

    def __init__(self, chain, bench, server):
        super().__init__(chain, bench)
        self.halves, self.target = chain.halves, server.port
        self.env |= {"PROGRAM": "sallyport", "LABEL": "FTP"} | chain.settings
        if server.ca:
            self.env["CA"] = self.ca = str(server.ca)


class ResumingFtps(ftplib.FTP_TLS):
    """As FTPS clients do it: a data connection takes up the session of the control connection."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        # Otherwise close_notify waits behind the data for an acknowledgement that is delayed by 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(connection, server_hostname=self.host, session=self.sock.session), size


def log_in(port, ca):
    """`ca` is None where the client is to speak plain FTP."""
    from desk import PASSWORD, USER

    if ca is None:
        ftp = ftplib.FTP(timeout=60)
    else:
        context = ssl.create_default_context(cafile=ca)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # ftplib takes up TLS 1.3 sessions too late
        ftp = ResumingFtps(timeout=60, context=context)
    ftp.connect("localhost" if ca else "127.0.0.1", port)
    ftp.login(USER, PASSWORD)
    if ca:
        ftp.prot_p()
    return ftp


def transfers(ftp, bench):
    """The name of each measure, how many files of which size it moves, and what moves them."""
    large, small = os.urandom(MIB) * bench.large, os.urandom(1024)

    def put(name, content):
        ftp.storbinary(f"STOR {name}", io.BytesIO(content), 1 << 18)

    def get(name, size):
        received = []
        ftp.retrbinary(f"RETR {name}", lambda block: received.append(len(block)), 1 << 18)
        if sum(received) != size:
            raise RuntimeError(f"{sum(received)} of {size} bytes came back")

    def each(work, content):
        for number in range(bench.files):
            work(f"small{number}", content)

    yield "upload", 1, len(large), lambda: put("large", large)
    yield "download", 1, len(large), lambda: get("large", len(large))
    yield "put", bench.files, len(small), lambda: each(put, small)
    yield "get", bench.files, len(small), lambda: each(get, len(small))


def measure(work, groups):
    def cpu():
        return {group.name: group.cpu_us() for group in groups}

    before, start = cpu(), time.monotonic()
    work()
    seconds, after = time.monotonic() - start, cpu()
    return {"seconds": seconds, "relay_us": {name: after[name] - before[name] for name in after}}


def ftp(bench, chain):
    servers = import_servers()
    vsftpd = isolation.Group("vsftpd")
    try:
        with servers.Server(chain.server) as server:
            vsftpd.adopt(server.pid)
            with Front(chain, bench, server) as front:
                session = log_in(front.listen, front.ca if chain.client_speaks_tls else None)
                for name, files, size, work in transfers(session, bench):
                    figures = measure(work, [vsftpd, *front.groups])
                    yield f"ftp-{name}", {"done": files, "bytes": files * size} | figures
                session.quit()
    finally:
        vsftpd.remove()


def available_chains():
    try:
        import_servers()
    except (ImportError, FileNotFoundError) as error:
        print(f"ftp is left out: {error}", file=sys.stderr)
        return ()
    return CHAINS


@functools.cache
def import_servers():
    """Those of tests/ftp; raises what is missing."""
    sys.path[:0] = [str(TESTS / "ftp"), str(TESTS)]
    import servers
    import settings

    settings.unpacked("vsftpd/usr/sbin/vsftpd")
    return servers
