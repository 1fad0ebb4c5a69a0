"""The helper programs that make load: many conversations at once, and cuts at every byte."""
import json
import subprocess
import threading

from .programs import SANITIZED, helper


def mixed_sizes(total, large=3, count=200):
    """Sizes of `count` conversations from 1 byte on, `large` of them of 64 MiB; near `total` bytes altogether."""
    big = 8 << 20 if SANITIZED else 64 << 20
    if SANITIZED:
        total, large = total // 10, min(large, 1)
    rest = max(total - large * big, count)
    steps = count - large
    growth = 2 ** 21.3 if rest > 20e6 else 2 ** 18
    sizes = [max(1, int(growth ** (i / (steps - 1)))) for i in range(steps)]
    scale = rest / sum(sizes)
    return [big] * large + [max(1, min(big, int(size * scale))) for size in sizes[1:]] + [1]


class Conversations:
    """Clients of `entry` and the target at `target` ("address:port") in one program, one conversation for each size."""

    def __init__(self, folder, entry, target, sizes, hold_after=0, opening=200, patience=120, buffer=65536):
        self.count = len(sizes)
        file = folder / "sizes"
        file.write_text("\n".join(map(str, sizes)))
        self._errors = open(folder / "conversations.log", "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [helper("conversations"), "--entry", entry, "--target", target, "--sizes", file, "--hold-after",
             str(hold_after), "--opening", str(opening), "--patience", str(patience), "--buffer", str(buffer)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        # The pipe may block for ever if the program is stuck, and its own patience does not reach that far.
        self._guard = threading.Timer(patience + 10, self._process.kill)
        self._guard.daemon = True
        self._guard.start()

    def wait_holding(self):
        """Until each conversation has had its first bytes back; they then wait for release()."""
        line = self._process.stdout.readline()
        assert line == "holding\n", self._failure(line)

    def release(self):
        self._process.stdin.write("go on\n")
        self._process.stdin.flush()

    def finish(self):
        """Fails unless every conversation was exact; yields the program's summary."""
        rest, _ = self._process.communicate()
        self._guard.cancel()
        assert self._process.returncode == 0, self._failure(rest)
        return json.loads(rest)

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._guard.cancel()

    def _failure(self, said):
        self._errors.seek(0)
        return f"conversations failed (exit {self._process.poll()}): {said}\n{self._errors.read()}"


def cut_everywhere(direction, proxy, server, entry, target, step=1, seconds=600, **options):
    """Runs the cutter; yields its exit code and what it said."""
    command = [helper("cutter"), "--direction", direction, "--listen-proxy", proxy, "--server", server,
               "--entry", entry, "--target", target, "--step", step]
    for name, value in options.items():
        command += [f"--{name}", value]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=seconds, check=False)
    return done.returncode, done.stdout + done.stderr
