#!/usr/bin/python3
"""Every FTP client through every chain to every server, case by case: run() for tests, and as a program by hand."""
import argparse
import dataclasses
import os
import shutil
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

from cases import FAST, all_cases  # noqa: E402
from chains import FRONTS  # noqa: E402
from clients import Curl, CurlTls12, Lftp, Ncftp, Wget  # noqa: E402
from desk import Desk, NotAvailable, Wrong  # noqa: E402
from ftplib_client import Ftplib, FtplibReuse  # noqa: E402
from results import FAILED, NONE, PASSED, Baseline, Cell, Pass  # noqa: E402
from scripted_clients import Inetutils, Tnftp  # noqa: E402
from servers import ALL, Server  # noqa: E402
from support.network import enter_private_network  # noqa: E402

CLIENTS = {"curl": Curl, "curl-tls12": CurlTls12, "lftp": Lftp, "wget": Wget, "ncftp": Ncftp, "tnftp": Tnftp,
           "inetutils": Inetutils, "ftplib": Ftplib, "ftplib-reuse": FtplibReuse}
LONGEST = ("interrupt", "get-many", "put-many")  # cases to begin with
MOST_BIG = 2  # big files that move at once, beside the other cells: each fills a processor, and a disk
SLOWEST = 2e6  # bytes a second: a big file is waited for so long, with its share of a busy machine
SLOWEST_FILE = 1.5  # seconds: curl 7.88 at times misses what it waits for, and looks again a second later


@dataclasses.dataclass(frozen=True)
class Extent:
    """What to run before a server: clients and cases by name (none: all of them), sizes, and the patience."""

    clients: tuple = ()
    cases: tuple = ()
    fast: bool = False  # the chosen few cases of FAST
    many: int = 20  # files in the cases of many files
    big: int = 0  # bytes of the big file
    seconds: float = 20  # for each cell
    workers: int = 4

    def chosen_cases(self):
        cases = all_cases(min(self.many, 5) if self.fast else self.many, self.big)
        names = self.cases or (FAST if self.fast else cases)
        return {name: cases[name] for name in names if name in cases or name in self.cases}

    def patience(self, case):
        if case.endswith("-big"):
            return self.seconds + self.big / SLOWEST
        return self.seconds + (self.many * SLOWEST_FILE if case.endswith("-many") else 0)


def run_cell(name, client, case, door, home, scratch, seconds):
    """One case of one client, at a desk of its own. Whatever goes wrong is its failure."""
    start = time.monotonic()
    place = ".".join(name)
    desk = Desk(home, place, scratch / place, seconds)
    alarm = None
    verdict, reason = PASSED, ""
    try:
        running = client(door, desk)
        alarm = threading.Timer(seconds, running.abandon)
        alarm.start()
        case(running, desk)
        desk.check_sources()
    except NotAvailable as why:
        verdict, reason = NONE, str(why)
    except Exception as error:  # pylint: disable=broad-except
        verdict, reason = FAILED, str(error) if isinstance(error, Wrong) else repr(error)
        if time.monotonic() >= desk.deadline:  # whatever the client made of that, in words that are cut off below
            reason = f"ended for taking too long: {reason}"
    finally:
        if alarm:
            alarm.cancel()
        desk.remove()
    for path in (str(scratch / place), str(home)):
        reason = reason.replace(path, "...")
    return Cell(*name, verdict, " ".join(reason.split())[:120], time.monotonic() - start)


def run_cells(door, home, scratch, extent):
    """Every cell side by side with others: each has folders and sessions of its own."""
    cases = extent.chosen_cases()
    names = [(client, case) for client in extent.clients or CLIENTS for case in cases]
    with ThreadPoolExecutor(extent.workers) as pool, ThreadPoolExecutor(MOST_BIG) as pool_of_big:
        cells = {}
        for client, case in sorted(names, key=lambda name: name[1] not in LONGEST):
            submit = (pool_of_big if case.endswith("-big") else pool).submit
            cells[client, case] = submit(run_cell, (client, case), CLIENTS[client], cases[case], door, home, scratch,
                                         extent.patience(case))
    return [cells[name].result() for name in names]


def run_pass(key, chain, extent=Extent(), fronts=None, baseline=None):
    """All clients and cases through one chain to one server. A server or front that fails, even at its end, is a failed
    cell."""
    start = time.monotonic()
    baseline = Baseline.read() if baseline is None else baseline
    result = Pass(key, chain)
    scratch = Path(tempfile.mkdtemp(prefix="ftp-clients-"))
    scratch.chmod(0o711)
    (scratch / "front").mkdir()
    try:
        with Server(key) as server, (fronts or FRONTS)[chain](server.door, scratch / "front") as door:
            cells = run_cells(door, server.home, scratch, extent)
            result.cells = [baseline.judge(cell, key, door.tls) for cell in cells]
    except NotAvailable as why:
        result.left_out = str(why)
    except Exception as error:  # pylint: disable=broad-except
        result.cells.append(Cell("set-up", chain, FAILED, repr(error)))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    result.seconds = time.monotonic() - start
    return result


def run(servers=ALL, chains=("bare",), extent=Extent(), fronts=None, baseline=None):
    """The passes, one after the other, each yielded as soon as it is over."""
    for key in servers:
        for chain in chains:
            yield run_pass(key, chain, extent, fronts, baseline)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"servers: {' '.join(ALL)}")
    parser.add_argument("servers", nargs="*", default=ALL, help="NAME/TLS[/OPTION=VALUE...], see settings.py")
    parser.add_argument("--chains", nargs="+", default=["bare"], choices=FRONTS)
    parser.add_argument("--clients", nargs="+", default=(), choices=CLIENTS)
    parser.add_argument("--cases", nargs="+", default=(), choices=all_cases(1, 1))
    parser.add_argument("--fast", action="store_true", help="a chosen few cases")
    parser.add_argument("--many", type=int, default=20, help="files in the cases of many files")
    parser.add_argument("--big", type=int, default=0, metavar="MIB", help="also move a file of this size")
    parser.add_argument("--seconds", type=float, default=20, help="for each cell")
    parser.add_argument("--workers", type=int, default=4, help="cells that run at once")
    parser.add_argument("--record", action="store_true", help="add this run of bare servers to the baseline")
    parser.add_argument("-v", action="store_true", help="say why cells failed")
    given = parser.parse_args()
    if given.record and (given.fast or given.cases or given.clients or given.chains != ["bare"]):
        parser.error("a baseline is recorded from all clients and cases at bare servers")
    return given


def main():
    given = arguments()
    if os.geteuid() == 0:  # for others free ports have to do
        enter_private_network()  # before any thread
    extent = Extent(tuple(given.clients), tuple(given.cases), given.fast, given.many, given.big << 20, given.seconds,
                    given.workers)
    baseline = Baseline.read()
    failed = 0
    for result in run(given.servers, given.chains, extent, baseline=baseline):
        print(str(result) + (result.reasons() if given.v else ""), flush=True)
        failed += bool(result.failures or result.left_out)
        if given.record and not result.left_out:
            baseline.record(result)
            baseline.write()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
