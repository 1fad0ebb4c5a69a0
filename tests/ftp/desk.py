"""What a case works with: the door that a client knocks at, and two fresh folders, one on each side of it."""
import atexit
import os
import shutil
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from support.peers import pattern

USER, PASSWORD = "ftptest", "secret"
SIZE = 1 << 20
BIG = 64 << 20  # from here on content is made once, and linked where it is wanted: see BigFiles
HUGE = 16 << 30  # sparse: a transfer that is surely still under way when something happens to it


class Wrong(AssertionError):
    """A case did not end as it should; the text says how."""


class NotAvailable(Exception):
    """The client has no such thing, or what was asked for cannot be started here."""


@dataclass(frozen=True)
class Door:
    """Where clients connect: that of a bare server, or that of a front before it."""

    host: str
    port: int
    tls: str = "none"  # or explicit, implicit
    ca: Path | None = None


@dataclass(frozen=True)
class Said:
    """How a client ended. `code` is its exit status, or None where that means nothing."""

    code: int | None
    output: bytes

    def __str__(self):
        lines = [line for line in self.output.decode("latin-1").splitlines() if line.strip()]
        return f"exit {self.code}: {' / '.join(lines[-3:])}"


def write_pattern(path, size, seed):
    """A file whose bytes depend on their position."""
    with open(path, "wb") as file:
        for start in range(0, size, SIZE):
            file.write(pattern(min(SIZE, size - start), seed + start))


class BigFiles:
    """Files that take long to make: made once, and linked to wherever they are sent from. Nobody may write to them, and
    changed() tells whether somebody has."""

    def __init__(self):
        self._lock = threading.Lock()
        self._made = {}

    def link(self, path, size, seed):
        with self._lock:
            if (size, seed) not in self._made:
                made = os.path.join(tempfile.mkdtemp(prefix="ftp-big-"), "source")
                atexit.register(shutil.rmtree, os.path.dirname(made), ignore_errors=True)
                write_pattern(made, size, seed)
                os.chmod(made, 0o444)
                self._made[size, seed] = made, os.stat(made)
        os.link(self._made[size, seed][0], path)

    def changed(self):
        with self._lock:
            pairs = [(os.stat(made), then) for made, then in self._made.values()]
        return any((now.st_size, now.st_mtime_ns) != (then.st_size, then.st_mtime_ns) for now, then in pairs)


big_files = BigFiles()


class Desk:
    """The folders of one case. `local` is the client's working folder; the other lies in the home of the server's user,
    where files are put and looked at directly, never through what is tested. Names and paths are bytes."""

    def __init__(self, home, name, local, seconds):
        self.local = os.fsencode(local)
        self._home, self._name = os.fsencode(home), name.encode()
        self.deadline = time.monotonic() + seconds
        for folder in (self.local, self.disk()):
            os.makedirs(folder)
            self._give_to_user(folder)

    def _give_to_user(self, path):
        owner = os.stat(self._home)
        if os.geteuid() == 0:
            os.chown(path, owner.st_uid, owner.st_gid)

    def check_sources(self):
        if big_files.changed():
            raise Wrong("somebody wrote to a file that was only to be sent")

    def remove(self):
        for folder in (self.local, self.disk()):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def seconds_left(self):
        return max(0.1, self.deadline - time.monotonic())

    def remote(self, name=b""):
        """A file as the client names it."""
        return self._name + b"/" + name if name else self._name

    def disk(self, name=b""):
        """The same file on the server's disk."""
        return os.path.join(self._home, self._name, name) if name else os.path.join(self._home, self._name)

    def at(self, name):
        """A path in the client's folder."""
        return os.path.join(self.local, name)

    def make(self, name, size=SIZE, seed=0):
        """A file in the client's folder whose bytes depend on their position."""
        if size >= BIG:
            big_files.link(self.at(name), size, seed)
        else:
            write_pattern(self.at(name), size, seed)
        return self.at(name)

    def seed(self, name, content=b"", like=None, size=None):
        """Puts a file on the server's disk: `content`, or what the file `like` has; `size` cuts or extends it."""
        path = self.disk(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if like is not None and size is None and size_of(like) >= BIG:
            os.link(like, path)
            self._give_to_user(os.path.dirname(path))
            return path  # the file itself stays its owner's: everybody may read it
        if like is not None:
            shutil.copyfile(like, path)
        else:
            with open(path, "wb") as file:
                file.write(content)
        if size is not None:
            os.truncate(path, size)
        self._give_to_user(os.path.dirname(path))
        self._give_to_user(path)
        return path

    def seed_huge(self):
        self.seed(b"huge", size=HUGE)
        return self.remote(b"huge")

    def wait_for(self, condition, seconds=1.0):
        """Whether condition() became true in time."""
        end = time.monotonic() + min(seconds, self.seconds_left)
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(0.005)
        return True


def size_of(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return -1


def difference(path, wanted):
    """In words, or None: what the file `path` has other than the file `wanted`."""
    size, wanted_size = size_of(path), size_of(wanted)
    if size < 0:
        return "there is no file"
    if size != wanted_size:
        return f"{size} of {wanted_size} bytes"
    with open(path, "rb") as a, open(wanted, "rb") as b:
        for start in range(0, size, SIZE):
            x, y = a.read(SIZE), b.read(SIZE)
            if x != y:
                return f"byte {start + next(i for i in range(len(y)) if x[i:i + 1] != y[i:i + 1])} differs"
    return None
