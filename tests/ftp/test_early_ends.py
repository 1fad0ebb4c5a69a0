"""The server's side of an upload ends its data connection by FIN before all of it has come. What is known then: who has
closed answers what still comes with a reset, and who reads on acknowledges it. Where systems on the way have taken all
of a file before the cut, nobody can know; so these files are larger than that, or end later."""
import contextlib
import os
import socket
import subprocess
import time

import pytest
import relays
from cuts import At, MirroredHost, cutting
from hand import GONE, Hand, finish, read_end
from servers import Authority, Server, free_range
from stage import Stage
from support.peers import outcome, pattern, reset
from support.programs import pin_of
from support.proxy import UP, Pass

HALF, REST = pattern(20_000, seed=3), b"and the rest of it"
LARGE = pattern(32 << 20, seed=5)
MIRROR = "127.0.0.5"
CHAINS = ("native-aes256", "ftps-in", "ftps-out")


@contextlib.contextmanager
def relay_before(chain, server, folder, address="127.0.0.1"):
    if chain == "ftps-out":
        front = relays.workstation_alone(folder, server.port, {"pin": pin_of(server.certificate)}, address)
    elif chain == "ftps-in":
        front = relays.host(folder, server.port, "ftps", address=address)
    else:
        front = relays.native(folder, server.port, address=address)
    with front as relay:
        yield relay


@contextlib.contextmanager
def staged(chain, folder, script):
    pair = Authority(folder).issue("stage") if chain == "ftps-out" else None
    with Stage(script=script, pair=pair) as server:
        server.certificate = pair and pair.certificate
        yield server


def upload_in_two(hand, server):
    """The rest is sent when the server has ended its side; yields the reply."""
    data = hand.begin("STOR up.bin")
    data.sendall(HALF)
    server.how_stored("up.bin")
    with contextlib.suppress(OSError):
        data.sendall(REST)
    finish(data)
    return hand.reply()


def satisfied_with_half(visit, name):
    """Reads what it wants, closes cleanly, and says that all is well."""
    raw = visit.data()
    visit.reply("150 I am listening")
    with visit.protect_data(raw) as sock:
        visit.stage.stored[name] = read_end(sock, 20, limit=len(HALF))
    visit.reply("226 Stored")


def silent_from_the_start(visit, name):
    """Ends its own direction, of which nobody needs a word, and reads on."""
    raw = visit.data()
    visit.reply("150 I am listening")
    raw.shutdown(1)
    visit.stage.stored[name] = None
    visit.stage.stored[name] = outcome(raw, 20)
    visit.reply("226 Stored")


@pytest.mark.parametrize("chain", CHAINS)
def test_an_upload_that_its_server_closes_early_is_not_complete(tmp_path, chain):
    with staged(chain, tmp_path, {"STOR": satisfied_with_half}) as server, \
            relay_before(chain, server, tmp_path) as relay:
        for _ in range(5):
            server.stored.clear()
            with Hand(relay) as hand:
                hand.log_in()
                assert upload_in_two(hand, server).startswith("426")
                hand.expect("NOOP", "200")


def resetting(seconds, says_first):
    """Takes everything, thinks, and resets its data connection: whatever it says, it has not got the file."""
    def stor(visit, _):
        raw = visit.data()
        visit.reply("150 I am listening")
        with visit.protect_data(raw) as sock:
            read_end(sock, 20)
            time.sleep(seconds)
            if says_first:
                visit.reply("226 Stored")
                time.sleep(0.3)
            reset(sock)
            if not says_first:
                time.sleep(0.3)
                visit.reply("226 Stored")
    return stor


@pytest.mark.parametrize("says_first", [False, True])
@pytest.mark.parametrize("chain", CHAINS)
def test_an_upload_that_its_server_resets_late_is_not_complete(tmp_path, chain, says_first):
    with staged(chain, tmp_path, {"STOR": resetting(8, says_first)}) as server, \
            relay_before(chain, server, tmp_path) as relay, Hand(relay, seconds=30) as hand:
        hand.log_in()
        data = hand.begin("STOR up.bin")
        data.sendall(HALF)
        finish(data)
        assert hand.reply().startswith("426")
        hand.expect("NOOP", "200")


def keeping(visit, name):
    """Says at last that it has the file, and leaves its data connection as it is."""
    raw = visit.data()
    visit.reply("150 I am listening")
    with visit.protect_data(raw) as sock:
        visit.stage.stored[name] = read_end(sock, 20)
        time.sleep(8)
        visit.reply("226 Stored")
        time.sleep(20)


@pytest.mark.parametrize("chain", ["native-aes256", "ftps-in"])
def test_a_server_that_never_ends_its_data_connection_is_believed_after_a_moment(tmp_path, chain):
    with staged(chain, tmp_path, {"STOR": keeping}) as server, \
            relay_before(chain, server, tmp_path) as relay, Hand(relay, seconds=18) as hand:
        hand.log_in()
        data = hand.begin("STOR up.bin")
        data.sendall(HALF)
        finish(data)
        assert hand.reply().startswith("226")


@contextlib.contextmanager
def slow_network():
    """From now on a packet takes a tenth of a second."""
    shaping = ["tc", "qdisc", "{}", "dev", "lo", "root", "tbf", "rate", "8kbit", "burst", "2000", "latency", "60s"]
    subprocess.run([word.format("add") for word in shaping], check=True)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as junk:  # the burst is used up
            junk.sendto(bytes(1900), ("127.0.0.1", 9))
        yield
    finally:
        subprocess.run(["tc", "qdisc", "del", "dev", "lo", "root"], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a network slow")
@pytest.mark.parametrize("chain", ["native-aes256", "ftps-in"])
def test_an_early_end_is_no_confirmation_while_the_reset_is_under_way(tmp_path, chain):
    with staged(chain, tmp_path, {"STOR": satisfied_with_half}) as server, \
            relay_before(chain, server, tmp_path) as relay, Hand(relay, seconds=30) as hand:
        hand.log_in()
        data = hand.begin("STOR up.bin")
        data.sendall(HALF)
        server.how_stored("up.bin")
        with slow_network():
            data.sendall(REST)
            finish(data)
            assert hand.reply().startswith("426")


@pytest.mark.parametrize("chain", ["native-aes256", "ftps-in"])
def test_a_server_that_ends_its_own_direction_early_and_reads_on_has_it_all(tmp_path, chain):
    with staged(chain, tmp_path, {"STOR": silent_from_the_start}) as server, \
            relay_before(chain, server, tmp_path) as relay, Hand(relay) as hand:
        hand.log_in()
        assert upload_in_two(hand, server).startswith("226")
        assert server.stored["up.bin"].whole == (HALF + REST, "FIN")


@pytest.mark.parametrize("size", [1, 100_000])
@pytest.mark.parametrize("name", ["stage", "vsftpd"])
@pytest.mark.parametrize("chain", CHAINS)
def test_an_upload_whose_last_leg_is_closed_on_the_way_is_not_complete(tmp_path, chain, name, size):
    """To the server it is complete on a plain leg, and it says so: FIN is all the signature that FTP has there."""
    with contextlib.ExitStack() as stack:
        if name == "stage":
            server = stack.enter_context(mirrored_stage(chain, tmp_path))
        else:
            server = stack.enter_context(Server(f"{name}/{'explicit' if chain == 'ftps-out' else 'none'}"))
        mirror = stack.enter_context(MirroredHost([server.port, *range(server.low, server.high + 1)], MIRROR))
        relay = stack.enter_context(relay_before(chain, server, tmp_path, MIRROR))
        with Hand(relay, seconds=30) as hand:
            hand.log_in()
            mirror.script = lambda _: At(UP, size, cutting("FIN", UP))
            try:
                data = hand.begin("STOR large.bin")
                with contextlib.suppress(OSError):
                    data.sendall(LARGE)
                finish(data)
                said = hand.reply()
            except OSError:  # in its handshake
                said = hand.reply()
            assert said[:1] in ("4", "5", GONE), said
            mirror.script = lambda _: Pass()


@contextlib.contextmanager
def mirrored_stage(chain, folder):
    """With ports that can be known before."""
    port, low = free_range(10)
    pair = Authority(folder).issue("stage") if chain == "ftps-out" else None
    with Stage(pair=pair, passive_ports=range(low, low + 10), control_port=port) as server:
        server.low, server.high, server.certificate = low, low + 9, pair and pair.certificate
        yield server
