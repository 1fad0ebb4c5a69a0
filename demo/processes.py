"""The processes of the demo: started in sessions of their own, so that Ctrl-C reaches the demo alone; it ends them."""
import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUN = ROOT / ".run"
BIN = Path(os.environ.get("SALLYPORT_BIN", ROOT / "build/release/src")).resolve()


class DemoFailed(Exception):
    """Why the demo cannot go on, for the user."""


class Child:
    """One process and its log, .run/NAME.log."""

    def __init__(self, name, command, ready):
        self.name = name
        self.log_file = RUN / f"{name}.log"
        with open(self.log_file, "wb") as log:
            # The kernel ends it with us, also when we are killed and can do nothing more.
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)], cwd=ROOT,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self._ready = ready

    @property
    def pid(self):
        return self.process.pid

    @property
    def log(self):
        return self.log_file.read_text(errors="replace")

    @property
    def running(self):
        return self.process.poll() is None

    def wait_ready(self, seconds=20):
        deadline = time.monotonic() + seconds
        while self._ready not in self.log:
            if not self.running or time.monotonic() > deadline:
                raise DemoFailed(f"{self.name} did not become ready; its log:\n{self.log}")
            time.sleep(0.02)

    def stop(self):
        """Ends it as an operator would: the first SIGTERM lets sessions end, the second does not wait for them."""
        for number, patience in ((signal.SIGTERM, 1), (signal.SIGTERM, 5), (signal.SIGKILL, None)):
            if not self.running:
                return
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)


class Program:
    """One of the two programs with its settings. .run/NAME is the same as a command for the user."""

    def __init__(self, name, *options):
        self.name = name
        self.command = RUN / name
        self._arguments = [BIN / name, *options]
        words = " ".join(f"'{word}'" for word in self._arguments)
        # Relative paths, from the root: the path of a control socket must be short.
        self.command.write_text(f"#!/bin/sh\ncd '{ROOT}' && exec {words} \"$@\"\n")
        self.command.chmod(0o755)

    def start(self, verb):
        return Child(self.name, [*self._arguments, verb], ready="SP-1002")

    def run(self, *verb):
        """Runs a verb that ends by itself; yields what it printed."""
        done = subprocess.run([*map(str, self._arguments), *verb], cwd=ROOT, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=30, check=False)
        if done.returncode != 0:
            raise DemoFailed(f"{self.name} {' '.join(verb)} failed (exit code {done.returncode}):\n"
                             f"{done.stdout}{done.stderr}")
        return done.stdout

    def json(self, verb):
        return json.loads(self.run(verb, "--json"))
