"""Peers that go silent: each is noticed in time, and the plain side is reset, never ended.

All situations run at the same time; together they take as long as the slowest, about 35 s."""
import re
import signal
import socket
import subprocess
import threading
import time

import pytest

from support.network import enter_private_network, free_port
from support.paths import XYGATE, entry, protected_path, trust_in
from support.peers import Mip, connect, converse, echo, outcome, sink
from support.programs import Daemon, Workstation, stop_all

PRIVATE = enter_private_network()
PATIENCE = 50
HELLO_START = b"SPC1\x01\x00\x82"
TLS_HELLO_START = bytes.fromhex("160301020001")


def timed(action):
    started = time.monotonic()
    return action(), time.monotonic() - started


def open_conversation(port):
    """A client whose first word has been answered."""
    client = connect(port)
    client.sendall(b"x")
    assert outcome(client, 10, limit=1).data == b"x"
    return client


def set_address(verb, address):
    """Adds an address of the host to the private network, or takes it away: what was on its way there is then lost, and
    nobody says so."""
    subprocess.run(["ip", "addr", verb, f"{address}/32", "dev", "lo"], check=True)


def drip(port):
    """A hello of a byte a second, until somebody has enough of it."""
    with connect(port) as sock:
        sock.settimeout(1)
        for byte in HELLO_START + bytes(100):
            try:
                sock.sendall(bytes([byte]))
                if not sock.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break


class Situations:
    """name -> what was seen and after how many seconds; and the logs of the programs that were to notice."""

    def __init__(self, folder):
        self.folder = folder
        self.seen, self.logs, self._watched, self._threads, self._closers, self.stop = {}, {}, {}, [], [], []

    def run(self, name, action, log_of=None):
        def act():
            self.seen[name] = timed(action)
        if log_of:
            self._watched[name] = log_of
        self._threads.append(threading.Thread(target=act))

    def path(self, name, target, **options):
        path = protected_path(self.folder / name, target, **options)
        self._closers.append(path)
        return path.__enter__()

    def finish(self):
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join(PATIENCE + 10)
        time.sleep(3)  # a session is logged when it is over, after its last words had their time
        self.logs = {name: program.log for name, program in self._watched.items()}
        for path in reversed(self._closers):
            path.__exit__(None, None, None)


CABLES = {f"{encryption}-cable-{when}": (encryption, when, f"10.77.0.{number}")
          for number, (encryption, when) in enumerate(
              [(e, w) for e in ("AES256,X25519", "TLS") for w in ("idle", "up", "down")], start=1)}


def prepare_cable(all_of_them, name, mip, flood):
    """A conversation whose secure leg leads to an address that will vanish: idle, or in the middle of a transfer."""
    encryption, when, address = CABLES[name]
    set_address("add", address)
    target = flood if when == "down" else mip
    server, accept = free_port(), free_port()
    daemon = Daemon(all_of_them.folder / name / "host", f"{server} {XYGATE} -p{target.port} -aTOP -l{address}").start()
    workstation = Workstation(all_of_them.folder / name / "ws", {
        "top": entry(server, accept, encryption, **trust_in(daemon, encryption)) | {"host": address}}).start()
    client = connect(accept)
    client.sendall(b"x")
    outcome(client, limit=1)

    def wait():
        if when == "up":
            client.sendall(bytes(100_000))
        return outcome(client, PATIENCE)
    all_of_them.run(name, wait, workstation)
    all_of_them.run(name + "-at-the-daemon", lambda: daemon.wait_log("stopped: ", PATIENCE), daemon)
    all_of_them.stop += [workstation, daemon]


def endless(sock):
    """A target that never stops talking."""
    while True:
        sock.sendall(bytes(65536))


@pytest.fixture(scope="module")
def situations(module_folder):
    all_of_them = Situations(module_folder)
    with Mip(echo) as mip, Mip(sink) as second_target, Mip(endless) as flood, \
            socket.create_server(("127.0.0.1", 0)) as mute, \
            socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        strangers = all_of_them.path("strangers", mip.port)
        for name, words in (("nothing", b""), ("half-a-hello", HELLO_START), ("half-a-tls-hello", TLS_HELLO_START)):
            def wait(words=words):
                with connect(strangers.server) as sock:
                    sock.sendall(words)
                    return outcome(sock, PATIENCE)
            all_of_them.run(name, wait, strangers.daemon)
        all_of_them.run("a-hello-byte-by-byte", lambda: drip(strangers.server), strangers.daemon)

        cut_short = all_of_them.path("handshake", mip.port, proxied=True)
        assert cut_short.converse(b"record me").end == "FIN"
        hello = bytes(cut_short.proxy.connections[0].up[:137])

        def only_hello():
            with connect(cut_short.server) as sock:
                sock.sendall(hello)
                answered = outcome(sock, PATIENCE, limit=216)
                rest = outcome(sock, PATIENCE)
                assert len(answered.data) == 216
                return rest
        all_of_them.run("only-a-hello", only_hello, cut_short.daemon)

        daemon = Daemon(module_folder / "mute-host", f"{free_port()} {XYGATE} -p1 -aTOP").start()
        accept = free_port()
        to_the_mute = Workstation(module_folder / "mute-ws", {
            "top": entry(mute.getsockname()[1], accept, card=daemon.card)}).start()
        all_of_them.run("a-mute-host", lambda: converse(accept, b"hello?", seconds=PATIENCE), to_the_mute)

        # A target whose queue is full answers no SYN at all.
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        no_target = all_of_them.path("full", full.getsockname()[1])
        all_of_them.run("a-target-that-never-answers", lambda: no_target.converse(b"hello?", PATIENCE),
                        no_target.daemon)

        frozen_daemon = all_of_them.path("frozen-daemon", mip.port)
        client = open_conversation(frozen_daemon.entry)
        all_of_them.run("a-frozen-daemon", lambda: outcome(client, PATIENCE), frozen_daemon.workstation)

        frozen_workstation = all_of_them.path("frozen-workstation", second_target.port)
        waiting = connect(frozen_workstation.entry)
        waiting.sendall(b"x")
        while second_target.started == 0:
            time.sleep(0.02)
        all_of_them.run("a-frozen-workstation", lambda: second_target.seen(PATIENCE), frozen_workstation.daemon)

        pulled = all_of_them.path("pulled", mip.port, proxied=True)
        pulled_client = open_conversation(pulled.entry)
        all_of_them.run("a-pulled-cable", lambda: outcome(pulled_client, PATIENCE), pulled.workstation)

        quiet = all_of_them.path("quiet", mip.port)
        quiet_client = open_conversation(quiet.entry)

        def still_there():
            time.sleep(36)
            quiet_client.sendall(b"y")
            return outcome(quiet_client, 5, limit=1)
        all_of_them.run("a-quiet-conversation", still_there)

        if PRIVATE:
            for name in CABLES:
                prepare_cable(all_of_them, name, mip, flood)
        frozen_daemon.daemon.signal(signal.SIGSTOP)
        frozen_workstation.workstation.signal(signal.SIGSTOP)
        pulled.proxy.silence()
        if PRIVATE:
            for _, _, address in CABLES.values():
                set_address("del", address)
        all_of_them.finish()
        all_of_them.pulled_daemon_log = pulled.daemon.log
        stop_all(to_the_mute, daemon, *all_of_them.stop)
    return all_of_them


# situation: how its end is seen, not before, not after (seconds), what the log says
NOTICED = {
    "nothing": ("FIN|RST", 9, 12.5, "first_message_late"),
    "half-a-hello": ("FIN|RST", 9, 13, "first_message_late|handshake_late"),
    "half-a-tls-hello": ("FIN|RST", 9, 17, "first_message_late|handshake_late"),
    "only-a-hello": ("FIN|RST", 9, 17, "handshake_late"),
    "a-mute-host": ("RST", 9, 17, "first_message_late|handshake_late"),
    "a-target-that-never-answers": ("RST", 4, 12.5,  # half the time for each address of loopback
                                     "connect_late|target_unreachable"),
    "a-frozen-daemon": ("RST", 20, 33, "peer_silent"),
    "a-frozen-workstation": ("RST", 20, 33, "peer_silent"),
    "a-pulled-cable": ("RST", 20, 33, "peer_silent"),
}


@pytest.mark.parametrize("name", NOTICED)
def test_silence_is_noticed_in_time(situations, name):
    (seen, seconds), (end, least, most, error) = situations.seen[name], NOTICED[name]
    assert re.fullmatch(end, seen.end), seen
    assert least <= seconds <= most
    assert re.search(rf"stopped: ({error}):", situations.logs[name])


def test_the_daemon_too_notices_the_pulled_cable(situations):
    assert "stopped: peer_silent:" in situations.pulled_daemon_log


def test_a_hello_of_a_byte_a_second_gets_no_longer_than_silence(situations):
    assert 9 <= situations.seen["a-hello-byte-by-byte"][1] <= 15


def test_a_conversation_that_is_merely_quiet_lives_on(situations):
    assert situations.seen["a-quiet-conversation"][0].data == b"y"


@pytest.mark.parametrize("name", CABLES)
def test_a_host_that_vanished_from_the_network_is_noticed_at_both_ends(situations, name):
    if not PRIVATE:
        pytest.skip("NEEDS A NETWORK NAMESPACE: an address is taken away from under the programs")
    seen, seconds = situations.seen[name]
    assert seen.end == "RST", seen
    assert seconds <= 36
    assert re.search(r"stopped: (peer_silent|secure_reset):", situations.logs[name])
    _, seconds = situations.seen[name + "-at-the-daemon"]
    assert seconds <= 36
    assert re.search(r"stopped: (peer_silent|secure_reset):", situations.logs[name + "-at-the-daemon"])
