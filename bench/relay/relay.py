"""Contenders, as their files describe them, and a contender that has been started."""

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

from isolation import Group

CONTENDERS = Path(__file__).resolve().parent / "contenders"
SUITES = {
    "aes256": "TLS_AES_256_GCM_SHA384",
    "aes128": "TLS_AES_128_GCM_SHA256",
    "chacha20": "TLS_CHACHA20_POLY1305_SHA256",
}
HALVES = {"pair": ("server", "client"), "terminate": ("server",)}  # the one behind first
PATIENCE = 120  # seconds in which thousands of connections are opened
VARIABLES = "KIND MODES CIPHERS RESUMES MAXCONNS NEEDS".split()


class Contender:
    def __init__(self, name, env):
        self.name = name
        self.path = CONTENDERS / name
        script = f'. "{self.path}"; ' + "; ".join(f'echo "${{{v}:-}}"' for v in VARIABLES)
        shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=env, check=True)
        values = dict(zip(VARIABLES, shell.stdout.split("\n")))
        self.kind = values["KIND"]
        self.modes = values["MODES"].split() or ["pair"]
        self.ciphers = values["CIPHERS"].split()
        self.resumes = values["RESUMES"] or "never"
        self.most_connections = int(values["MAXCONNS"] or 1_000_000)
        self.missing = [
            n for n in values["NEEDS"].split() if not (shutil.which(n, path=env["PATH"]) or Path(n).exists())
        ]

    def takes_part(self, mode, cipher):
        """One without a list of ciphers has its own and always takes part."""
        return mode in self.modes and (not self.ciphers or cipher in self.ciphers)

    def resumptions(self, mode):
        """Whether handshakes can be resumed, each way that can be measured; alone, the client of ours decides."""
        if mode == "terminate" and self.resumes != "never":
            return [False, True]
        return {"never": [False], "choose": [False, True], "always": [True]}[self.resumes]


class Ports:
    """Below the range that the namespace hands out by itself, and never the same twice in a row."""

    last = 2000

    @classmethod
    def next(cls):
        cls.last = cls.last + 1 if cls.last < 16000 else 2001
        return cls.last


def wait_for_port(port, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.005)
    return False


class Relay:
    """A started contender: a pair (client half to server half), the server half alone ("terminate"), or no relay. With
    `cores` it has the first of the machine, and the load generator the rest, if there is one."""

    def __init__(self, contender, bench, resume=True, cores=None):
        self.contender, self.bench, self.cores = contender, bench, cores
        self.halves = () if contender.kind == "none" else HALVES[bench.mode]
        self.groups = []
        self.target = Ports.next()
        self.folder = bench.scratch / f"{contender.name}-{self.target}"
        self.folder.mkdir()
        certificates = bench.scratch / "certificates"
        self.suite = SUITES[bench.cipher]
        self.ca = str(certificates / "ca.crt")
        self.env = dict(
            bench.env,
            RUN=str(self.folder),
            CERT=str(certificates / "server.crt"),
            KEY=str(certificates / "server.key"),
            PEM=str(certificates / "server.pem"),
            CA=self.ca,
            CIPHER=bench.cipher,
            SUITE=self.suite,
            RESUME="1" if resume else "0",
            THREADS=str(cores or bench.threads),
            FINAL_TARGET=str(self.target),
        )

    def __enter__(self):
        try:
            self.listen = self.target
            for half in self.halves:
                self.listen = self.start(half, self.listen)
            time.sleep(0.15)  # the connection that found the port open is over now, on both halves
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self, half, connect):
        """Yields the port at which it listens."""
        listen = Ports.next()
        group = Group(half)
        self.groups.append(group)
        script = f'set -e; . "{self.contender.path}"; {half} {listen} {connect}'
        if self.cores:
            script = f"taskset --pid --cpu-list 0-{self.cores - 1} $$; {script}"
        with open(self.folder / f"{half}.log", "wb") as log:
            group.spawn(script, self.env, log)
        if not wait_for_port(listen):
            last_words = (self.folder / f"{half}.log").read_text(errors="replace").strip()[-300:]
            raise RuntimeError(f"the {half} half does not listen: {last_words}")
        return listen

    def stop(self):
        for group in reversed(self.groups):
            group.stop()

    def memory_kib(self):
        return sum(group.memory_kib() for group in self.groups)

    def load_command(self, scenario, **options):
        command = [str(self.bench.tools / "loadgen"), scenario]
        if self.cores:
            command[:0] = ["taskset", "--cpu-list", f"{self.cores % os.cpu_count()}-{os.cpu_count() - 1}"]
            command += ["--relay-cores", str(self.cores)]
        command += ["--connect", f"127.0.0.1:{self.listen}", "--listen", f"127.0.0.1:{self.target}"]
        for group in self.groups:
            command += ["--cpu", f"{group.name}={group.cpu_source()}"]
        if self.bench.mode == "terminate":
            command += ["--tls", "--ca", self.ca, "--ciphersuite", self.suite]
        for name, value in options.items():
            name = "--" + name.replace("_", "-")
            command += [name] if value is True else [name, str(value)]
        return command

    def load(self, scenario, **options):
        done = subprocess.run(self.load_command(scenario, **options), capture_output=True, text=True, timeout=180)
        if done.returncode != 0:
            raise RuntimeError(f"loadgen: {done.stderr.strip()[-300:]}")
        return json.loads(done.stdout)


class Hold:
    """Connections that stay open while memory is looked at."""

    def __init__(self, relay):
        command = relay.load_command("hold", patience=PATIENCE)
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    def ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError("loadgen ended while it held connections")
        return json.loads(answer)
