#!/usr/bin/python3
"""FTP through us beside the bare server and beside the server's own TLS: one large file and many small ones, each way.

Prints medians of interleaved rounds: seconds as the user sees them, and our CPU (of both programs, where there are two).
The server is vsftpd, the client Python's ftplib with one login; both are the same in every row. Needs root, for a
network namespace, and scripts/fetch-ftp-peers.sh. Rows go to --out as JSON lines, too."""

import argparse
import ftplib
import io
import json
import os
import socket
import ssl
import statistics
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2] / "tests"
sys.path[:0] = [str(TESTS / "ftp"), str(TESTS)]

MIB = 1 << 20
# Name of the row, server, what stands before it.
ROWS = (
    ("bare server", "vsftpd/none", "bare"),
    ("native AES256,X25519", "vsftpd/none", "native-aes256"),
    ("native DES168,DH1024", "vsftpd/none", "native-des168"),
    ("FTPS, the server's own", "vsftpd/explicit/reuse=no", "bare"),
    ("FTPS in", "vsftpd/none", "ftps-in"),
    ("FTPS out", "vsftpd/explicit/reuse=no", "ftps-out"),
)


class ResumingFtps(ftplib.FTP_TLS):
    """As FTPS clients do it: a data connection takes up the session of the control connection."""

    def ntransfercmd(self, cmd, rest=None):
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        # Otherwise close_notify waits behind the data for an acknowledgement that is delayed by 40 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.context.wrap_socket(connection, server_hostname=self.host, session=self.sock.session), size


def connect(door):
    if door.tls == "none":
        ftp = ftplib.FTP(timeout=60)
    else:
        context = ssl.create_default_context(cafile=str(door.ca))
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # ftplib takes up TLS 1.3 sessions too late
        ftp = ResumingFtps(timeout=60, context=context)
    ftp.connect(door.host, door.port)
    from desk import PASSWORD, USER

    ftp.login(USER, PASSWORD)
    if door.tls != "none":
        ftp.prot_p()
    return ftp


def our_cpu():
    """Seconds of the programs that this process has started."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, rest = stat.read_text().split(" (", 1)[1].rsplit(") ", 1)
        except OSError:
            continue  # it has just ended
        fields = rest.split()
        if name.startswith("sallyport") and int(fields[1]) == os.getpid():
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def measure(work):
    cpu, start = our_cpu(), time.monotonic()
    work()
    return {"seconds": time.monotonic() - start, "cpu": our_cpu() - cpu}


def run_row(server_key, front, big, small):
    from chains import FRONTS
    from servers import Server

    content = os.urandom(MIB) * big
    with tempfile.TemporaryDirectory() as folder, Server(server_key) as server:
        Path(folder, "front").mkdir()
        with FRONTS[front](server.door, Path(folder, "front")) as door:
            ftp = connect(door)
            received = []

            def download():
                ftp.retrbinary("RETR big", lambda block: received.append(len(block)), 1 << 18)

            def put_small():
                for number in range(small):
                    ftp.storbinary(f"STOR small{number}", io.BytesIO(content[:1024]))

            def get_small():
                for number in range(small):
                    ftp.retrbinary(f"RETR small{number}", lambda block: received.append(len(block)))

            figures = {"upload": measure(lambda: ftp.storbinary("STOR big", io.BytesIO(content), 1 << 18))}
            figures["download"] = measure(download)
            assert sum(received) == len(content), "the file came back short"
            received.clear()
            figures["put"] = measure(put_small)
            figures["get"] = measure(get_small)
            assert sum(received) == small * 1024, "a small file came back short"
            ftp.quit()
    return figures


def print_table(rows, big, small):
    columns = ("upload", "download", "put", "get")
    print(f"{'':24}" + "".join(f"{name + ' MiB/s':>16}{'CPU s/GiB':>11}" for name in columns[:2])
          + "".join(f"{name + ' files/s':>16}{'CPU ms':>11}" for name in columns[2:]))
    for name, _, _ in ROWS:
        line = f"{name:24}"
        for column in columns:
            of = [row[column] for row in rows if row["row"] == name]
            if not of:
                line += f"{'-':>16}{'-':>11}"
                continue
            seconds, cpu = (statistics.median(figures[key] for figures in of) for key in ("seconds", "cpu"))
            large = column in columns[:2]
            line += f"{(big if large else small) / seconds:16.0f}{cpu / big * 1024 if large else cpu / small * 1e3:11.2f}"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--big", type=int, default=256, metavar="MIB", help="size of the large file")
    parser.add_argument("--small", type=int, default=1000, help="number of files of 1 KiB")
    parser.add_argument("--programs", type=Path, default=Path("build/release/src"), help="where sallyport is")
    parser.add_argument("--out", type=Path, help="append every measure to this file")
    given = parser.parse_args()
    os.environ["SALLYPORT_BIN"] = str(given.programs.resolve())

    from support.network import enter_private_network

    enter_private_network()  # keeps the ports of outgoing connections off those of the servers
    rows = []
    for number in range(1, given.rounds + 1):
        for name, server, front in ROWS:
            row = {"row": name, "round": number, **run_row(server, front, given.big, given.small)}
            rows.append(row)
            print(f"{number} {name}", file=sys.stderr, flush=True)
            if given.out:
                with given.out.open("a") as out:
                    out.write(json.dumps(row) + "\n")
    print_table(rows, given.big, given.small)


if __name__ == "__main__":
    main()
