"""The programs of others that the tests run beside ours: stunnel, HAProxy, the openssl tool, gnutls-cli."""

import contextlib
import os
import re
import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest

from support.peers import Outcome

#: What Support Note 13 writes into stunnel.conf on the workstation, byte for byte.
NOTE_CLIENT = """\
client = yes

[23450]
accept = 127.0.0.1:2345
connect = 192.168.0.3:23450
"""
#: What it writes on the host. A certificate and its key must be added: stunnel does not start without.
NOTE_SERVER = """\
client = no

[2345]
accept = 23450
connect = 2345
"""
#: What it suggests while setting up. The tests read the log, and end the process themselves.
NOTE_SETUP = """\
debug = 7
foreground = yes
"""


def require(program: str) -> str:
    """Where `program` is. A test that needs a peer which is not installed is skipped by name, never passed."""
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    if path is None:
        pytest.skip(f"the peer {program} is not installed")
    return path


class Peer:
    """A running program of others, with all that it prints kept in a file. It ends with the thread that started it."""

    def __init__(self, log_file: Path, ready: str, *command):
        self._log_file = log_file
        with log_file.open("wb") as output:
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command], cwd=log_file.parent,
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
        try:
            self.wait_for(ready)
        except AssertionError:
            self.kill()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        """Ends it as a power failure would: it says nothing to anybody."""
        self._process.kill()
        self._process.wait()

    @property
    def log(self) -> str:
        return self._log_file.read_text(errors="replace")

    def wait_for(self, pattern: str, times=1, seconds=10):
        """Waits until `pattern` stands in the log so many times."""
        deadline = time.monotonic() + seconds
        while len(re.findall(pattern, self.log)) < times:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{self._log_file.name}: no {pattern!r} ({times} x) in:\n{self.log[-6000:]}")
            time.sleep(0.02)


class Stunnel(Peer):
    """A real stunnel on the configuration `text`, in the foreground and with its whole log."""

    def __init__(self, folder: Path, name: str, text: str, **settings):
        """`settings` are added to the section that ends `text`."""
        configuration = folder / f"{name}.conf"
        configuration.write_text(NOTE_SETUP + text + "".join(f"{k} = {v}\n" for k, v in settings.items()))
        super().__init__(folder / f"{name}.log", "Accepting new connections", require("stunnel"), configuration)

    @classmethod
    def client(cls, folder: Path, accept: int, connect: int, **settings):
        text = NOTE_CLIENT.replace("127.0.0.1:2345", f"127.0.0.1:{accept}")
        return cls(folder, "stunnel-client", text.replace("192.168.0.3:23450", f"127.0.0.1:{connect}"), **settings)

    @classmethod
    def server(cls, folder: Path, accept: int, connect: int, **settings):
        text = NOTE_SERVER.replace("accept = 23450", f"accept = 127.0.0.1:{accept}")
        return cls(folder, "stunnel-server", text.replace("connect = 2345", f"connect = {connect}"), **settings)

    def wait_until_resumed(self, times=1):
        """Until so many connections have taken up an earlier TLS session."""
        self.wait_for(r"TLS (?:connected|accepted): previous session reused", times)


class HaProxy(Peer):
    """HAProxy as a TLS client: a plain listener in front of a TLS server."""

    def __init__(self, folder: Path, accept: int, connect: int, server_options: str):
        configuration = folder / "haproxy.cfg"
        configuration.write_text(
            "defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 30s\n    timeout server 30s\n"
            f"listen top\n    bind 127.0.0.1:{accept}\n    server host 127.0.0.1:{connect} ssl {server_options}\n")
        super().__init__(folder / "haproxy.log", "Using .* as the polling mechanism", require("haproxy"), "-d", "-db",
                         "-f", configuration)


class OpensslServer(Peer):
    """`openssl s_server` that answers each line with the line reversed."""

    def __init__(self, folder: Path, port: int, *options):
        super().__init__(folder / "s_server.log", "ACCEPT", require("openssl"), "s_server", "-accept",
                         f"127.0.0.1:{port}", "-rev", *options)


def run_client(command, payload: bytes, enough, seconds=20) -> Outcome:
    """Runs a client program, writes `payload` to it, and ends its input once what it printed is enough(): when their
    input ends, s_client and gnutls-cli read no more and close."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        alarm = threading.Timer(seconds, process.kill)
        alarm.start()

        def write():
            with contextlib.suppress(BrokenPipeError):  # it ended first: its output says why
                process.stdin.write(payload)
                process.stdin.flush()

        writer = threading.Thread(target=write)
        writer.start()
        printed = bytearray()
        while not enough(printed) and (piece := process.stdout.read1()):
            printed += piece
        writer.join()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        printed += process.stdout.read()
        code = process.wait()
        alarm.cancel()
        return Outcome(bytes(printed), f"exit {code}")


def s_client(port: int, *options) -> list[str]:
    """The command of an `openssl s_client` that passes bytes, and ends by close_notify when its input ends."""
    return [require("openssl"), "s_client", "-connect", f"127.0.0.1:{port}", "-no_ign_eof", "-nocommands",
            *map(str, options)]


def gnutls_cli(folder: Path, port: int, *options) -> list[str]:
    return [require("gnutls-cli"), "--logfile", str(folder / "gnutls.log"), "--no-ca-verification", "--port",
            str(port), *options, "127.0.0.1"]
