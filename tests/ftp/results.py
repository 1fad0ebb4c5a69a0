"""What came out of a matrix, and the baseline that it is compared with: what fails at bare servers."""
import dataclasses
import fnmatch
import json
from pathlib import Path

BASELINE = Path(__file__).resolve().parent / "baseline.json"
PASSED, FAILED, KNOWN, BETTER, NONE = "ok", "FAIL", "base", "ok+", "."


@dataclasses.dataclass(frozen=True)
class Cell:
    """How one case of one client ended: ok; FAIL; base, it fails at the bare server too, at least sometimes; ok+, it
    does so, but not here; ., the client has no such thing."""

    client: str
    case: str
    verdict: str
    reason: str = ""
    seconds: float = 0

    @property
    def name(self):
        return f"{self.client} {self.case}"


@dataclasses.dataclass
class Pass:
    """All that ran through one chain to one server. Without cells if it could not, and then why."""

    server: str
    chain: str
    cells: list = dataclasses.field(default_factory=list)
    seconds: float = 0
    left_out: str = ""

    def having(self, *verdicts):
        return [cell for cell in self.cells if cell.verdict in verdicts]

    @property
    def failures(self):
        return self.having(FAILED)

    def verdict(self, client, case):
        return next((cell.verdict for cell in self.cells if (cell.client, cell.case) == (client, case)), NONE)

    def __str__(self):
        title = f"{self.server} through {self.chain}"
        if self.left_out:
            return f"{title}: left out: {self.left_out}\n"
        tried = self.having(PASSED, FAILED, KNOWN, BETTER)
        clients, cases = ([*dict.fromkeys(names)] for names in ((c.client for c in tried), (c.case for c in tried)))
        rows = [["", *clients]] + [[case, *(self.verdict(client, case) for client in clients)] for case in cases]
        widths = [max(map(len, column)) + 2 for column in zip(*rows)]
        lines = ["".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows]
        counts = ", ".join(f"{len(self.having(verdict))} {verdict}" for verdict in (PASSED, FAILED, KNOWN, BETTER))
        return "\n".join([title, *lines, f"{counts}; {self.seconds:.1f} s", ""])

    def reasons(self):
        return "".join(f"{cell.name}: {cell.verdict}: {cell.reason}\n" for cell in self.having(FAILED, KNOWN))


class Baseline:
    """Cells that failed at bare servers, with a reason, and how often of how many runs. By hand, as patterns, those of
    which any may fail in any run."""

    def __init__(self, servers=None, unsteady=()):
        self.servers = servers or {}
        self.unsteady = unsteady

    @classmethod
    def read(cls, path=BASELINE):
        return cls(**json.loads(path.read_text())) if path.exists() else cls()

    def write(self, path=BASELINE):
        """One line for each cell, so that differences can be read."""
        unsteady = ",\n".join(f"  {json.dumps(line)}" for line in self.unsteady)
        servers = []
        for key, server in sorted(self.servers.items()):
            failed = sorted(server["failed"].items())
            cells = ",\n".join(f"  {json.dumps(name)}: {json.dumps(cell)}" for name, cell in failed)
            counts = f'"cells": {server["cells"]}, "runs": {server["runs"]}'
            servers.append(f' {json.dumps(key)}: {{{counts}, "failed": {{\n{cells}\n }}}}')
        path.write_text(f'{{"unsteady": [\n{unsteady}\n],\n"servers": {{\n' + ",\n".join(servers) + "\n}}\n")

    def record(self, result):
        """Adds a whole pass over a bare server."""
        server = self.servers.setdefault(result.server, {"cells": 0, "runs": 0, "failed": {}})
        server["runs"] += 1
        server["cells"] = len(result.cells) - len(result.having(NONE))
        for cell in result.having(FAILED, KNOWN):
            known = server["failed"].setdefault(cell.name, {"times": 0, "reason": cell.reason})
            known["times"] += 1

    def knows(self, server, cell):
        return cell in self.servers.get(server, {}).get("failed", ()) or any(
            fnmatch.fnmatchcase(server, servers) and fnmatch.fnmatchcase(cell, cells)
            for servers, cells, _ in self.unsteady)

    def judge(self, cell, server, tls):
        """The cell's verdict in the light of the bare server. Where a front speaks another kind of TLS to the client
        than the server does, the handshakes are its own doing: then only what fails without TLS is forgiven."""
        name, own_tls = server.split("/")[:2]
        cell_name = cell.name
        if tls != own_tls:
            server, cell_name = f"{name}/none", f"{cell.client.split('-')[0]} {cell.case}"
        if not self.knows(server, cell_name):
            return cell
        verdict = {PASSED: BETTER, FAILED: KNOWN}.get(cell.verdict, cell.verdict)
        return dataclasses.replace(cell, verdict=verdict)
