"""Real FTP servers on loopback, each in a folder of its own and with one account of its own.

    with Server("vsftpd/explicit/reuse=no") as server:
        ...  # server.door, server.home

As root, servers other than pyftpdlib run in namespaces of their own: they see account files of ours in place of the
system's, and their last process ends with them. Only what brings its own accounts runs for others than root."""
import contextlib
import grp
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import settings
from desk import PASSWORD, USER, Door, NotAvailable

sys.path.append(str(Path(__file__).parents[1] / "interop"))
from certificates import Authority  # noqa: E402

UID = 4242
PASSIVE_PORTS = 200
KINDS = {  # name: (what writes its configuration, the kinds of TLS it has, whether only root can start it)
    "vsftpd": (settings.vsftpd, ("none", "explicit", "implicit"), True),
    "proftpd": (settings.proftpd, ("none", "explicit", "implicit"), False),
    "pure-ftpd": (settings.pure_ftpd, ("none", "explicit"), True),
    "inetutils": (settings.inetutils, ("none",), True),
    "pyftpdlib": (settings.pyftpdlib, ("none", "explicit", "implicit"), False),
}
ALL = ("vsftpd/none", "vsftpd/explicit", "vsftpd/implicit", "vsftpd/explicit/reuse=no/strict=yes", "proftpd/none",
       "proftpd/explicit", "proftpd/implicit", "proftpd/explicit/reuse=no", "proftpd/implicit/reuse=no",
       "pure-ftpd/none", "pure-ftpd/explicit", "inetutils/none", "pyftpdlib/none", "pyftpdlib/explicit",
       "pyftpdlib/implicit")


def free_range(count):
    """The first of `count` neighbouring ports that nothing uses, and the port below it: above those of free_port()."""
    for low in random.sample(range(20000, 32000, count + 1), 50):
        try:
            for port in range(low, low + count + 1):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return low, low + 1
    raise NotAvailable("no free range of ports")


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


class Server:
    """One server, named by NAME/TLS[/OPTION=VALUE...]: see settings.py for the options of each."""

    needs_range = False  # whether a test must know its passive ports

    def __init__(self, key):
        self.key = key
        self.name, self.tls, *options = key.split("/")
        self.options = dict(option.split("=") for option in options)
        if self.name not in KINDS or self.tls not in KINDS[self.name][1]:
            raise NotAvailable(f"there is no server {self.name} with TLS {self.tls}")
        self._root = os.geteuid() == 0
        if KINDS[self.name][2] and not self._root:
            raise NotAvailable(f"only root can start {self.name}")
        self._process = None

    def option(self, name, default):
        return {"yes": True, "no": False}[self.options.get(name, "yes" if default else "no")]

    @property
    def user_name(self):
        return USER if self._root else pwd.getpwuid(os.getuid()).pw_name

    @property
    def group_name(self):
        return USER if self._root else grp.getgrgid(os.getgid()).gr_name

    @property
    def pid(self):
        """Of the process that began the session of all of them."""
        return self._process.pid

    def identity(self):
        """The beginning of a command: the rest runs as the server's user."""
        change = [f"--reuid={UID}", f"--regid={UID}", "--clear-groups"] if self._root else []
        return ["setpriv", "--pdeathsig", "KILL", *change, "--"]

    def __enter__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="ftp-server-"))
        try:
            self._prepare()
            self._start()
        except BaseException as error:
            self._end()
            if isinstance(error, FileNotFoundError):  # of the program itself, or of a tool that it is started with
                raise NotAvailable(str(error)) from None
            raise
        return self

    def __exit__(self, *_):
        self._end()

    def _prepare(self):
        self.folder.chmod(0o711)
        self.home = self.folder / "home"
        for folder in (self.home, self.folder / "run"):
            folder.mkdir()
        command = ["openssl", "passwd", "-6", PASSWORD]
        digest = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        uid, gid = (UID, UID) if self._root else (os.getuid(), os.getgid())
        settings.write_accounts(self, uid, gid, digest.strip())
        self.ca = self.certificate = self.key_file = self.both = None
        if self.tls != "none":
            authority = Authority(self.folder)
            pair = authority.issue("server", "DNS:localhost,IP:127.0.0.1,IP:::1", key=("rsa:2048",))
            self.ca, self.certificate, self.key_file = authority.certificate, pair.certificate, pair.key
            self.both = self.folder / "run/both.pem"
            self.both.write_text(pair.key.read_text() + pair.certificate.read_text())
            self.both.chmod(0o600)
        self.port, self.low = free_range(PASSIVE_PORTS)
        self.high = self.low + PASSIVE_PORTS - 1
        if self._root:
            for path in (self.home, *self.folder.glob("run/**/*"), self.folder / "run"):
                os.chown(path, uid, gid)

    def _start(self):
        command = list(map(str, KINDS[self.name][0](self)))
        if self._root and self.name != "pyftpdlib":
            mounts = " && ".join(f"mount --bind {self.folder}/etc/{name} /etc/{name}"
                                 for name in ("passwd", "group", "shadow", "pam.d"))
            # The shell stays as the init: vsftpd crashes when it inherits a process that it did not start.
            command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--",
                       "sh", "-c", f'{mounts} && "$@"; exit $?', "server", *command]
        with (self.folder / "output").open("wb") as output:
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *command],
                                             stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                             start_new_session=True)
        deadline = time.monotonic() + 10
        while not listens(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"{self.key} does not listen:\n{(self.folder / 'output').read_text()[-2000:]}")
            time.sleep(0.02)
        self.door = Door("127.0.0.1" if self.tls == "none" else "localhost", self.port, self.tls, self.ca)

    def _end(self):
        if self._process:
            with contextlib.suppress(ProcessLookupError):  # it has ended by itself
                os.killpg(self._process.pid, signal.SIGKILL)  # its own group: the processes of its sessions too
            self._process.wait()
            deadline = time.monotonic() + 5
            while listens(self.port) and time.monotonic() < deadline:
                time.sleep(0.01)
        shutil.rmtree(self.folder, ignore_errors=True)
