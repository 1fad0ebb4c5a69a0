"""Transfers cut at bytes chosen at random: either program dies, or a leg is reset or closed. No client is ever told
that a file is complete which is not, and nothing short ends like a whole.

Two of the servers say 226 to whatever has ended. SALLYPORT_FTP=full makes 200 cuts each; SALLYPORT_SEED is the seed."""
import contextlib
import os
import random

import pytest
import relays
from cuts import At, MirroredHost, cutting
from desk import NotAvailable, difference
from hand import GONE, Hand, Refused, finish, read_end
from servers import Authority, Server, free_range
from stage import Stage
from support.peers import Outcome, pattern
from support.proxy import DOWN, UP, Pass, Proxy
from support.programs import pin_of, wait_for

COUNT = 200 if os.environ.get("SALLYPORT_FTP") == "full" else 8
SEED = int(os.environ.get("SALLYPORT_SEED", 1))
SIZE = 300_000
MIRROR = "127.0.0.5"
PORTS = 40
COMPLETE = ("226", "250")
SILENCE = "no reply"

# Where and how a transfer is cut: the leg, and what happens to it when the byte has passed.
NATIVE = [("middle", "kill daemon"), ("middle", "kill workstation"), ("middle", "RST"), ("middle", "FIN"),
          ("middle", "reset control"), ("server", "RST"), ("server", "reset control"), ("client", "RST")]  # fmt: skip
FTPS_IN = [("client", "kill daemon"), ("client", "RST"), ("client", "FIN"), ("server", "RST"),
           ("server", "kill daemon"), ("server", "reset control")]  # fmt: skip
FTPS_OUT = [("server", "kill workstation"), ("server", "RST"), ("server", "FIN"), ("server", "reset control"),
            ("client", "RST"), ("client", "kill workstation")]  # fmt: skip
CUTS = {"native-des168": NATIVE, "native-aes256": NATIVE, "ftps-in": FTPS_IN, "ftps-out": FTPS_OUT}


class StagedServer(Stage):
    """A Stage with what a Server has."""

    def __init__(self, folder, protected):
        self.port, low = free_range(PORTS)
        self.low, self.high = low, low + PORTS - 1
        pair = Authority(folder).issue("stage") if protected else None
        super().__init__(pair=pair, passive_ports=range(low, low + PORTS), control_port=self.port)
        self.certificate = pair and pair.certificate

    def seed(self, name, content):
        self.files[name] = content

    def check_stored(self, name, content, complete):
        """A short file never ends like a whole one here."""
        seen = self.how_stored(name) if complete else self.stored.get(name)
        if isinstance(seen, Outcome) and seen.data != content and (complete or seen.end == "FIN"):
            return f"the server got {len(seen.data)} of {len(content)} bytes, end {seen.end}"
        return None


class RealServer(Server):
    needs_range = True  # its ports are mirrored

    def seed(self, name, content):
        (self.home / name).write_bytes(content)

    def check_stored(self, name, content, complete):
        if not complete:
            return None
        (self.folder / "whole").write_bytes(content)
        found = difference(self.home / name, self.folder / "whole")
        return found and f"the server has {found}"


class Place:
    """A chain with its legs laid bare."""

    def __init__(self, chain, server, folder, stack):
        self.server = server
        # pyftpdlib 1.5.7 answers nothing to an upload that ended without close_notify, nor to most that were reset (34
        # of 50 without a relay). Ours waits a minute for it, and then says 426.
        self.server_answers = getattr(server, "name", "") != "pyftpdlib"
        self.patience = 40 if self.server_answers else 2  # a token lives for 30 s
        ports = [server.port, *range(server.low, server.high + 1)]
        self.mirror = stack.enter_context(MirroredHost(ports, MIRROR))
        if chain == "ftps-in":
            front = relays.host(folder, server.port, "ftps", conf=relays.CROWDS, address=MIRROR)
        elif chain == "ftps-out":
            trust = {"pin": pin_of(server.certificate)}
            front = relays.workstation_alone(folder, server.port, trust, MIRROR)
        else:
            front = relays.native(folder, server.port, relays.CHAINS[chain], relays.CROWDS, MIRROR, middle=True)
        self.relay = stack.enter_context(front)
        self.proxies = stack.enter_context(contextlib.ExitStack())  # of clients' data connections
        self.client_script = Pass
        self.dying = None

    def through(self, port):
        return self.proxies.enter_context(Proxy(port, self.client_script)).port

    def control(self, leg):
        """What carries the control connection of the newest session on a leg."""
        return self.relay.middle.connections[-1] if leg == "middle" else self.mirror.last(self.server.port)

    def arm(self, leg, how, direction, size):
        """The next data connection will be cut."""
        if how.startswith("kill"):
            program = self.relay.daemon if how == "kill daemon" else self.relay.workstation
            act = lambda _: self._kill(program)  # noqa: E731
        elif how == "reset control":
            control = self.control(leg)
            act = lambda _: control.cut("RST")  # noqa: E731
        else:
            act = cutting(how, direction)
        script = lambda *_: At(direction, size, act)  # noqa: E731
        if leg == "middle":
            self.relay.middle.script = script
        elif leg == "server":
            self.mirror.script = script
        else:
            self.client_script = script

    def _kill(self, program):
        self.dying = program
        program.kill()

    def recover(self):
        if self.dying:  # on the thread of a proxy, and perhaps not yet dead
            wait_for(lambda: not self.dying.running, what=f"the death of {self.dying.name}")
            self.dying = None
        self.proxies.close()
        self.client_script = Pass
        self.mirror.script = lambda _: Pass()
        if self.relay.middle:
            self.relay.middle.script = Pass
        for program in self.relay.programs:
            if not program.running:
                program.start()


def somewhere(dice):
    """A byte of the stream: anywhere, or near its beginning or its end, where the records that matter are."""
    return max(1, dice.choice([dice.randrange(SIZE), dice.randrange(400), SIZE + dice.randrange(-600, 1200)]))


def reply_of(hand):
    try:
        return hand.reply()
    except TimeoutError:
        return SILENCE
    except OSError:
        return GONE


def begin(place, hand, command):
    """The data connection of a transfer; or None, and what was said instead."""
    try:
        return hand.begin(command, through=place.through), None
    except Refused as refused:
        return None, refused.said
    except TimeoutError:
        return None, SILENCE
    except OSError:  # the data connection was cut in its handshake
        return None, reply_of(hand)


def download(place, hand, name):
    """What came, how it ended, and the final reply."""
    sock, said = begin(place, hand, f"RETR {name}")
    if not sock:
        return Outcome(b"", "none"), said
    seen = read_end(sock)
    finish(sock)
    return seen, reply_of(hand)


def upload(place, hand, name, content):
    sock, said = begin(place, hand, f"STOR {name}")
    if not sock:
        return said
    with contextlib.suppress(OSError):
        sock.sendall(content)
    finish(sock)
    return reply_of(hand)


def fault_of_download(place, hand, cut, name, content):
    seen, said = download(place, hand, name)
    if said == SILENCE and place.server_answers:
        return said
    if seen.end == "FIN" and seen.data != content:
        return f"{seen} looks complete; {said!r}"
    # What the system has taken for the client is delivered: a cut behind that is seen by the client alone.
    if said.startswith(COMPLETE) and seen.data != content and cut[0] != "client":
        return f"{seen}, and yet {said!r}"
    return None


def fault_of_upload(place, hand, name, content):
    said = upload(place, hand, name, content)
    if said == SILENCE and place.server_answers:
        return said
    wrong = place.server.check_stored(name, content, said.startswith(COMPLETE))
    return wrong and f"{wrong}; {said!r}"


def one_cut(place, cut, direction, size, name, content):
    """In words what was wrong, or None. The end of the session is part of it."""
    with Hand(place.relay, seconds=40) as hand:
        hand.log_in()
        hand.seconds = place.patience
        place.arm(*cut, direction, size)
        if direction == DOWN:
            return fault_of_download(place, hand, cut, name, content)
        return fault_of_upload(place, hand, name, content)


@contextlib.contextmanager
def server_for(chain, name, folder):
    kind = "explicit" if chain == "ftps-out" else "none"
    if name == "stage":
        with StagedServer(folder, kind != "none") as server:
            yield server
    else:
        try:
            server = RealServer(f"{name}/{kind}").__enter__()
        except NotAvailable as why:
            pytest.skip(str(why))
        with contextlib.ExitStack() as stack:
            stack.callback(server.__exit__)
            yield server


def cuts_of(chain, direction):
    """Uploads cut on the leg to the server have tests of their own, below and in test_early_ends.py."""
    return [cut for cut in CUTS[chain] if direction == DOWN or cut not in (("server", "RST"), ("server", "FIN"))]


@pytest.mark.parametrize("direction", [DOWN, UP])
@pytest.mark.parametrize("name", ["stage", "pyftpdlib", "vsftpd"])
@pytest.mark.parametrize("chain", CUTS)
def test_no_cut_file_is_ever_called_complete(tmp_path, chain, name, direction):
    dice = random.Random(f"{SEED} {chain} {name} {direction}")
    wrong = []
    content = pattern(SIZE, seed=SEED)
    with server_for(chain, name, tmp_path) as server, contextlib.ExitStack() as stack:
        server.seed("a.bin", content)
        place = Place(chain, server, tmp_path, stack)
        for number in range(COUNT):
            cuts = cuts_of(chain, direction)
            cut, size = cuts[number % len(cuts)], somewhere(dice)
            file = "a.bin" if direction == DOWN else f"up{number}.bin"
            fault = one_cut(place, cut, direction, size, file, content)
            if fault:
                wrong.append(f"{' '.join(cut)} at {size}: {fault}")
            place.recover()
        with Hand(place.relay) as hand:  # whatever was done to it, it still works
            hand.log_in()
            hand.put("last.bin", content)
            hand.seconds = 20
            server.seed("b.bin", content)
            assert hand.get("b.bin") == content
    assert wrong == [], f"seed {SEED}:\n" + "\n".join(wrong)


@pytest.mark.parametrize("chain", CUTS)
def test_an_upload_reset_on_its_last_leg_is_not_complete_whatever_the_server_says(tmp_path, chain):
    """All of it is in the system's buffers when the leg to the server is reset; the server's 226 comes behind that."""
    content = pattern(SIZE, seed=SEED)
    wrong = []
    with server_for(chain, "stage", tmp_path) as server, contextlib.ExitStack() as stack:
        place = Place(chain, server, tmp_path, stack)
        for number in range(10):
            wrong.append(one_cut(place, ("server", "RST"), UP, SIZE - 2000 * number, f"up{number}.bin", content))
            place.recover()
    assert not any(wrong), "\n".join(filter(None, wrong))
