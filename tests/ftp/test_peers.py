"""The matrix against itself: before one bare server, with fronts that do harm. A matrix that does not see them would
call any relay right."""
import contextlib
import os
import re
import socket

import pytest
from desk import Desk, Door, NotAvailable, difference
from matrix import CLIENTS, Extent, run_pass
from results import Baseline, Cell, Pass
from servers import Server, listens
from support.proxy import DOWN, UP, Cut, Flip, Pass as PassOn, Proxy

KEY = "pyftpdlib/none"
FOREIGN = ("curl", "lftp", "wget", "ncftp", "tnftp", "ftplib")
PASSIVE = re.compile(rb"227 [^(]*\((.*?),(\d+),(\d+)\)|229 [^(]*\(\|\|\|(\d+)\|\)")


class ThroughProxies(PassOn):
    """On a control connection: leads each passive data connection through a proxy with a script of its own."""

    def __init__(self, data_script, proxies):
        self._data_script, self._proxies = data_script, proxies

    def pass_on(self, connection, direction, data):
        return [PASSIVE.sub(self._lead, data) if direction == DOWN else data]

    def _lead(self, reply):
        host, high, low, port = reply.groups()
        proxy = self._proxies.enter_context(Proxy(int(port) if port else int(high) * 256 + int(low), self._data_script))
        if port:
            return b"229 passive (|||%d|)" % proxy.port
        return b"227 passive (%s,%d,%d)" % (host, *divmod(proxy.port, 256))


def front_with(data_script):
    @contextlib.contextmanager
    def front(door, folder):
        assert os.listdir(folder) == []
        with contextlib.ExitStack() as proxies:
            control = proxies.enter_context(Proxy(door.port, lambda: ThroughProxies(data_script, proxies)))
            yield Door(door.host, control.port, door.tls, door.ca)

    return front


def verdicts(front, cases, clients=FOREIGN, baseline=None, **extent):
    """By client and case, what the matrix says with `front` before the server."""
    result = run_pass(KEY, "front", Extent(clients, cases, **extent), {"front": front}, baseline or Baseline())
    assert not result.left_out
    return {(cell.client, cell.case): cell.verdict for cell in result.cells}


def all_of(seen, *allowed):
    return seen and set(seen.values()) <= set(allowed)


@pytest.fixture(scope="module", autouse=True)
def programs_are_there():
    with Server(KEY) as server:
        for name in FOREIGN:
            client = CLIENTS[name](server.door, Desk(server.home, name, server.folder / name, 10))
            try:
                client.list(b".")
            except FileNotFoundError:
                pytest.skip(f"the peer {name} is not installed")


def test_a_front_that_changes_nothing_passes():
    seen = verdicts(front_with(PassOn), ("get", "put", "list", "append", "get-pasv", "pasv-twice"))
    assert all_of(seen, "ok", "."), seen
    assert [*seen.values()].count("ok") > 20


def test_a_download_cut_short_fails_for_every_client():
    """The end looks like any other, and the server's reply says that all was sent."""
    seen = verdicts(front_with(lambda: Cut(DOWN, 100_000, "FIN")), ("get",))
    assert all_of(seen, "FAIL"), seen


def test_a_download_without_its_last_byte_fails_for_every_client():
    seen = verdicts(front_with(lambda: Cut(DOWN, (1 << 20) - 1, "FIN")), ("get",))
    assert all_of(seen, "FAIL"), seen


def test_an_upload_cut_short_fails_for_every_client():
    seen = verdicts(front_with(lambda: Cut(UP, 100_000, "FIN")), ("put",), seconds=3)
    assert all_of(seen, "FAIL", "."), seen
    assert [*seen.values()].count("FAIL") == len(FOREIGN) - 1  # wget has no uploads


@pytest.mark.parametrize("direction, case", [(DOWN, "get"), (UP, "put"), (DOWN, "resume-get"), (UP, "append")])
def test_one_flipped_bit_fails_for_every_client(direction, case):
    seen = verdicts(front_with(lambda: Flip(direction, 8 * 300_000 + 5)), (case,))
    assert all_of(seen, "FAIL", "."), seen
    assert "FAIL" in seen.values()


def test_a_listing_that_never_comes_fails_for_every_client():
    seen = verdicts(front_with(lambda: Cut(DOWN, 0, "FIN")), ("list", "nlst"))
    assert all_of(seen, "FAIL", "."), seen
    assert [*seen.values()].count("FAIL") > len(FOREIGN)


def test_a_front_that_says_nothing_fails_within_the_patience():
    @contextlib.contextmanager
    def silent(door, folder):
        del folder
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            yield Door(door.host, listener.getsockname()[1])

    result = run_pass(KEY, "silent", Extent(FOREIGN, ("get", "noop-mid"), seconds=2), {"silent": silent}, Baseline())
    assert len(result.failures) == len(FOREIGN) + 1  # noop-mid is of ftplib alone
    assert max(cell.seconds for cell in result.cells) < 5


def test_a_client_that_is_not_installed_fails(monkeypatch):
    @contextlib.contextmanager
    def without_programs(door, folder):
        del folder
        with monkeypatch.context() as patch:
            patch.setenv("PATH", "/nonexistent")
            yield door

    assert all_of(verdicts(without_programs, ("get",), clients=("curl", "lftp", "tnftp")), "FAIL")


@pytest.mark.parametrize("at", ["start", "end"])
def test_a_front_that_fails_is_a_failure_itself(at):
    @contextlib.contextmanager
    def failing(door, folder):
        del folder
        if at == "start":
            raise OSError("it does not start")
        yield door
        raise AssertionError("it crashed")

    result = run_pass(KEY, "failing", Extent(("curl",), ("get",)), {"failing": failing}, Baseline())
    assert [cell.client for cell in result.failures] == ["set-up"]


def test_a_front_that_does_not_fit_is_left_out():
    @contextlib.contextmanager
    def unfit(door, folder):
        raise NotAvailable("it needs TLS")
        yield  # pylint: disable=unreachable

    result = run_pass(KEY, "unfit", Extent(("curl",), ("get",)), {"unfit": unfit}, Baseline())
    assert result.left_out == "it needs TLS" and not result.cells


def test_a_server_ends_with_all_that_it_had():
    with Server(KEY) as server:
        assert listens(server.port)
    assert not listens(server.port)
    assert not server.folder.exists()


def test_cells_that_fail_at_the_bare_server_are_told_from_others(tmp_path):
    bare = Baseline(unsteady=[["a/explicit*", "curl put*", "why"]])
    bare.record(Pass("a/none", "bare", [Cell("curl", "get", "FAIL", "the reason"), Cell("curl", "list", "ok")]))
    bare.record(Pass("a/none", "bare", [Cell("curl", "get", "ok"), Cell("curl", "list", "ok")]))
    bare.write(tmp_path / "baseline.json")
    bare = Baseline.read(tmp_path / "baseline.json")
    assert bare.servers["a/none"]["failed"] == {"curl get": {"times": 1, "reason": "the reason"}}
    assert bare.servers["a/none"]["runs"] == 2

    def judged(case, verdict, server="a/none", tls="none", client="curl"):
        return bare.judge(Cell(client, case, verdict), server, tls).verdict

    assert judged("get", "FAIL") == "base"
    assert judged("get", "ok") == "ok+"
    assert judged("list", "FAIL") == "FAIL"
    assert judged("get", "FAIL", "a/explicit", "explicit") == "FAIL"
    assert judged("put-zero", "FAIL") == "FAIL"
    assert judged("put-zero", "FAIL", "a/explicit/reuse=no", "explicit") == "base"
    # A front that speaks another kind of TLS to the client than the server does.
    assert judged("get", "FAIL", "a/explicit", "none") == "base"
    assert judged("put-zero", "FAIL", "a/explicit", "none") == "FAIL"
    assert judged("get", "FAIL", "a/none", "implicit", "curl-tls12") == "base"


def test_differences_between_files_are_found(tmp_path):
    desk = Desk(tmp_path, "remote", tmp_path / "local", 10)
    source = desk.make(b"source", 3 << 20)
    copy = desk.seed(b"copy", like=source)
    assert difference(copy, source) is None
    with open(copy, "r+b") as file:
        file.seek(2_500_000)
        byte = file.read(1)
        file.seek(2_500_000)
        file.write(bytes([byte[0] ^ 1]))
    assert difference(copy, source) == "byte 2500000 differs"
    os.truncate(copy, 5)
    assert difference(copy, source) == f"5 of {3 << 20} bytes"
    assert difference(desk.disk(b"none"), source) == "there is no file"
    blocks = {open(source, "rb").read()[start:start + 4096] for start in range(0, 3 << 20, 4096)}
    assert len(blocks) == (3 << 20) // 4096  # a lost, doubled or moved piece shows


def test_a_case_that_fails_says_why():
    front = front_with(lambda: Cut(DOWN, 5, "FIN"))
    result = run_pass(KEY, "cut", Extent(("curl",), ("get",)), {"cut": front}, Baseline())
    assert "5 of 1048576 bytes" in result.reasons() and "1 FAIL" in str(result)
