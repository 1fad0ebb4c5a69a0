"""The support code against itself: without the programs under test, a plain client, the proxy and the targets must
already agree about every byte and every end. Otherwise no test built on them means anything."""
import threading

import pytest

from support.load import Conversations, cut_everywhere, mixed_sizes
from support.network import free_port
from support.peers import (Mip, Outcome, connect, converse, count, echo, outcome, pattern, refused, reply_after_end,
                           reset, resets_after, sink, source)
from support.programs import SANITIZED
from support.proxy import DOWN, UP, Cut, Flip, OneByteSegments, Pass, Proxy, Reflect, Replay, say

DATA = pattern(1 << 20, seed=7)


@pytest.mark.parametrize("script", [Pass, OneByteSegments], ids=lambda script: script.__name__)
def test_a_conversation_through_the_proxy_is_exact(script):
    with Mip(echo) as mip, Proxy(mip.port, script) as proxy:
        assert converse(proxy.port, DATA).whole == (DATA, "FIN")
        assert mip.seen() == Outcome(b"%d" % len(DATA), "FIN")
        assert bytes(proxy.connections[0].up) == bytes(proxy.connections[0].down) == DATA


def test_two_hundred_parallel_conversations_are_exact():
    with Mip(echo) as mip, Proxy(mip.port) as proxy:
        wrong = []

        def one(number):
            data = pattern(100_000 + number, seed=number)
            if converse(proxy.port, data, seconds=30).whole != (data, "FIN"):
                wrong.append(number)

        threads = [threading.Thread(target=one, args=(number,)) for number in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


@pytest.mark.parametrize("how, end", [("RST", "RST"), ("FIN", "FIN"), ("silence", "timeout")])
def test_a_cut_shows_at_both_ends_as_what_it_was(how, end):
    with Mip(sink) as mip, Proxy(mip.port, lambda: Cut(UP, 1000, how)) as proxy:
        assert converse(proxy.port, DATA[:50_000], seconds=1).end == end
        if end != "timeout":
            seen = mip.seen()
            assert seen.end == end
            assert end == "RST" or seen.data == DATA[:1000]  # a reset may overtake what it follows


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_a_flipped_bit_is_one_bit_of_one_direction(direction):
    with Mip(echo) as mip, Proxy(mip.port, lambda: Flip(direction, 8 * 70_000 + 3)) as proxy:
        seen = converse(proxy.port, DATA)
        assert seen.end == "FIN"
        assert [i for i, (a, b) in enumerate(zip(seen.data, DATA)) if a != b] == [70_000]
        assert seen.data[70_000] ^ DATA[70_000] == 0x10


def test_replayed_and_reflected_bytes_reach_the_right_side():
    with Mip(echo) as mip, Proxy(mip.port, lambda: Replay(UP, b"recorded")) as proxy:
        assert converse(proxy.port, b"another").whole == (b"recorded", "FIN")
        proxy.script = lambda: Reflect(UP)
        with connect(proxy.port) as sock:
            sock.sendall(b"mirror")
            assert outcome(sock, 5, limit=6).data == b"mirror"
        assert say(mip.port, b"x", 0.3).whole == (b"x", "timeout")


def test_silence_passes_nothing_until_it_ends():
    with Mip(echo) as mip, Proxy(mip.port) as proxy, connect(proxy.port) as sock:
        sock.sendall(b"a")
        assert outcome(sock, 5, limit=1).data == b"a"
        proxy.silence()
        sock.sendall(b"b")
        assert outcome(sock, 0.3).whole == (b"", "timeout")
        proxy.resume()
        assert outcome(sock, 5, limit=1).data == b"b"


def test_targets_do_what_they_are_named_for():
    with Mip(count) as mip:
        assert converse(mip.port, DATA).whole == (b"%d" % len(DATA), "FIN")
    with Mip(source(DATA)) as mip:
        assert converse(mip.port, b"later").whole == (DATA, "FIN")
        assert mip.seen().whole == (b"later", "FIN")
    with Mip(reply_after_end(b"late", 0.2)) as mip:
        assert converse(mip.port, b"question").whole == (b"late", "FIN")
    with Mip(resets_after(10)) as mip:
        assert converse(mip.port, DATA).end == "RST"
        assert mip.seen().data == DATA[:10]


def test_a_reset_of_the_client_is_seen_by_the_target():
    with Mip(sink) as mip, Proxy(mip.port) as proxy:
        sock = connect(proxy.port)
        sock.sendall(b"x")
        reset(sock)
        assert mip.seen().end == "RST"


def test_a_closed_target_refuses():
    mip = Mip()
    assert not refused(mip.port)
    mip.close()
    assert refused(mip.port)


@pytest.mark.parametrize("direction", [UP, DOWN])
def test_the_cutter_tells_a_reset_from_a_short_stream_that_ends_cleanly(direction):
    """Without the programs in between, the proxy's own cuts arrive as they are."""
    proxy, target = free_port(), free_port()
    code, said = cut_everywhere(direction, proxy, target, proxy, target, step=997, how="rst")
    assert code == 0 and " 0 violations" in said, said
    code, said = cut_everywhere(direction, proxy, target, proxy, target, step=997, how="fin")
    assert code == 1 and "VIOLATION" in said, said


def test_the_load_program_notices_one_altered_bit_and_one_missing_end(tmp_path):
    target = free_port()
    with Proxy(target) as proxy:
        Conversations(tmp_path, f"127.0.0.1:{proxy.port}", f"127.0.0.1:{target}", [100_000] * 20).finish()
        for script in (lambda: Flip(DOWN, 4321), lambda: Cut(DOWN, 99_999, "FIN")):
            proxy.script = script
            load = Conversations(tmp_path, f"127.0.0.1:{proxy.port}", f"127.0.0.1:{target}", [100_000] * 3)
            with pytest.raises(AssertionError, match="conversations failed"):
                load.finish()


def test_mixed_sizes_reach_from_one_byte_to_64_mib():
    sizes = mixed_sizes(300_000_000)
    assert len(sizes) == 200 and min(sizes) == 1 and max(sizes) >= 8 << 20
    assert 0.8 < sum(sizes) / (30_000_000 if SANITIZED else 300_000_000) < 1.2
