"""The programs under test: started in a folder of their own, watched through their logs, asked through their verbs.

The folder of the built programs is in SALLYPORT_BIN. Start programs from a thread that outlives them: they end with
the thread that started them, so that nothing outlives a test run."""
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("SALLYPORT_BIN", ROOT / "build/release/src")).resolve()
READY = r"SP-1002"
CRASHES = re.compile(r"Sanitizer|runtime error:|Assertion .* failed|terminate called|core dumped|pure virtual")
SANITIZED = any(part.endswith(("asan", "tsan")) for part in BIN.parts)


class ProgramFailed(AssertionError):
    pass


def write_private(path, text):
    """A file that its owner alone can read, as key files and lists with keys must be."""
    path = Path(path)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text)
    return path


def helper(name):
    """A C++ helper of tests/support, which CMake puts beside src/ of the same build."""
    return BIN.parent / "tests/support" / name


def wait_for(condition, seconds=10, what="condition"):
    """The first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class Program:
    """One process: started, watched, stopped; at the end its log must be free of crashes."""

    def __init__(self, name, folder, arguments, soft_descriptors=None):
        self.name = name
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.arguments = [str(argument) for argument in arguments]
        self.log_file = self.folder / f"{name}.log"
        self.process = None
        self._limit = ["prlimit", f"--nofile={soft_descriptors}:", "--"] if soft_descriptors else []
        self._expect_failure = self._asked_to_stop = False

    def environment(self):
        return {**os.environ, "HOME": str(self.folder)}

    def start(self, *verb, ready=READY, seconds=20):
        """Starts it and waits for its ready line; `ready=None` does not wait."""
        command = ["setpriv", "--pdeathsig", "KILL", "--", *self._limit, str(BIN / self.name), *self.arguments, *verb]
        self._expect_failure = self._asked_to_stop = False
        start = len(self.log)
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=self.environment(), cwd=self.folder)
        if ready:
            deadline = time.monotonic() + seconds
            while not re.search(ready, self.log[start:]):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise ProgramFailed(f"{self.name} did not become ready:\n{self.log[start:]}")
                time.sleep(0.01)
        return self

    def run(self, *verb, check=False, text=None, seconds=30):
        """Runs a verb that ends by itself, with the same options."""
        done = subprocess.run([str(BIN / self.name), *self.arguments, *map(str, verb)], env=self.environment(),
                              capture_output=True, text=True, input=text, timeout=seconds, cwd=self.folder, check=False)
        if CRASHES.search(done.stderr):
            raise ProgramFailed(f"{self.name} {verb} crashed:\n{done.stderr}")
        if check and done.returncode != 0:
            raise ProgramFailed(f"{self.name} {verb}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def json(self, *verb):
        return json.loads(self.run(*verb, "--json", check=True).stdout)

    def status(self):
        return self.json("status")

    @property
    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def wait_log(self, pattern, seconds=10, count=1, since=0):
        """The matches of a pattern in the log, once there are `count` of them. `since` is an earlier len(log)."""
        found = []

        def enough():
            found[:] = re.findall(pattern, self.log[since:])
            return len(found) >= count

        try:
            wait_for(enough, seconds)
        except AssertionError:
            raise AssertionError(f"{self.name}: {len(found)} of {count} x {pattern!r} within {seconds} s:\n"
                                 f"{self.log[since:][-6000:]}") from None
        return found

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, seconds=15):
        """The exit code."""
        return self.process.wait(seconds)

    def kill(self):
        """Ends it at once, as a power failure would; its exit code is not judged."""
        self._expect_failure = True
        if self.running:
            self.process.kill()
            self.process.wait()

    def ask_to_stop(self):
        self._asked_to_stop = True
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)

    def stop(self, seconds=20):
        """Ends it as an operator would, twice if it drains; yields the exit code."""
        if not self.running:
            return self.process.returncode if self.process else None
        if not self._asked_to_stop:
            self.ask_to_stop()
        try:
            return self.wait(0.5)
        except subprocess.TimeoutExpired:
            self._expect_failure = True  # it may be on its way out already, and deaf to signals
            self.signal(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise ProgramFailed(f"{self.name} did not stop:\n{self.log[-3000:]}") from None

    def judge(self):
        """Fails if it crashed or a sanitizer found something."""
        if CRASHES.search(self.log):
            raise ProgramFailed(f"{self.name} crashed:\n{self.log[-8000:]}")
        if self.process and not self._expect_failure and (self.process.returncode or 0) < 0:
            raise ProgramFailed(f"{self.name} died of signal {-self.process.returncode}:\n{self.log[-3000:]}")

    def __enter__(self):
        return self if self.running else self.start()

    def __exit__(self, kind, error, trace):
        try:
            self.stop()
        finally:
            self.judge()


class Daemon(Program):
    """sallyportd on a PORTCONF and a configuration given as text."""

    def __init__(self, folder, portconf, conf="", soft_descriptors=None):
        folder = Path(folder)
        self.state = folder / "state"
        self.portconf = folder / "portconf"
        self.conf = folder / "sallyportd.conf"
        folder.mkdir(parents=True, exist_ok=True)
        self.portconf.write_text(portconf if portconf.endswith("\n") else portconf + "\n")
        self.conf.write_text(conf)
        super().__init__("sallyportd", folder, ["--config", self.conf, "--portconf", self.portconf, "--state",
                                                self.state], soft_descriptors)

    def start(self, *verb, ready=READY, seconds=20):
        return super().start(*(verb or ("run",)), ready=ready, seconds=seconds)

    def sessions(self):
        return self.json("sessions")["sessions"]

    @property
    def card(self):
        return self.state / "host.card"

    @property
    def host_key(self):
        """The public key on the card, 64 hex digits."""
        return re.search(r"^key: ([0-9a-f]{64})", self.card.read_text(), re.M)[1]

    @property
    def fingerprint(self):
        """As users compare it: 8 groups of 4 hex digits (docs/native-channel.md, 12.3)."""
        return fingerprint(self.host_key)

    @property
    def pin(self):
        """The pin of the TLS key, as a server list takes it."""
        return pin_of(self.state / "tls.crt")

    def keygen(self, name="ws"):
        """A fixed key: the text of a key file's line, and the key alone as a server list takes it."""
        line = self.run("keygen", "--fixed", name, check=True).stdout.strip()
        return line, line.split()[1]


def fingerprint(host_key):
    digits = hashlib.sha256(b"spc1 host id\0" + bytes.fromhex(host_key)).hexdigest()[:32]
    return "-".join(digits[i:i + 4] for i in range(0, 32, 4))


def pin_of(certificate):
    """sha256//BASE64 of the public key in a PEM file."""
    key = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return "sha256//" + base64.b64encode(hashlib.sha256(spki).digest()).decode()


class Workstation(Program):
    """sallyport on a server list: {entry name: {field: value}}. Underscores in field names stand for hyphens."""

    def __init__(self, folder, entries, soft_descriptors=None):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.state = folder / "state"
        self.servers = folder / "servers.conf"
        super().__init__("sallyport", folder, ["--servers", self.servers, "--state", self.state], soft_descriptors)
        self.write(entries)

    def write(self, entries):
        lines = []
        for name, fields in entries.items():
            lines.append(f"[{name}]")
            for field, value in fields.items():
                if field == "card" and value:
                    value = self.take_card(value, f"{name}.card")
                lines.append(f"{field.replace('_', '-')} = {value}")
            lines.append("")
        write_private(self.servers, "\n".join(lines))

    def take_card(self, card, name):
        """Copies a host card beside the list, where an entry's `card` is looked for."""
        shutil.copyfile(card, self.folder / name)
        return name

    def start(self, *verb, ready=READY, seconds=20):
        return super().start(*(verb or ("up",)), ready=ready, seconds=seconds)

    def state_of(self, name):
        for entry in self.status()["entries"]:
            if entry.get("entry", entry.get("name")) == name:
                return entry
        raise AssertionError(f"no entry {name} in {self.status()}")


def stop_all(*programs):
    """Stops them side by side and judges each."""
    for program in programs:
        if program.running:
            program.ask_to_stop()
    for program in programs:
        try:
            program.stop()
        finally:
            program.judge()
