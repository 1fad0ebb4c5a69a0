"""Hostile servers: lies about addresses, replies that nobody asked for, protection that is none."""
import contextlib
import socket
import threading

import pytest
import relays
from hand import Hand, finish, read_end
from scenes import CONTENT, still_in_step, until_gone
from servers import Authority
from stage import Stage, end
from support.peers import reset
from support.programs import pin_of

ELSEWHERE = "127.0.0.9"
FORGED = "227 Entering Passive Mode (10,9,9,9,200,10)."


@contextlib.contextmanager
def staged(folder, script, **how):
    """sallyport and sallyportd before a scripted server, and a user who has logged in."""
    with Stage({"a.bin": CONTENT}, script, **how) as server, relays.native(folder, server.port) as relay:
        with Hand(relay) as hand:
            yield server, relay, hand.log_in()


def test_a_passive_reply_leads_to_the_server_and_nowhere_else(tmp_path):
    """The lie names an address where somebody listens at the very port."""
    def lie(visit, argument):
        port = visit.listen()
        visits.append(socket.create_server((ELSEWHERE, port)))
        visit.reply(f"227 Entering Passive Mode ({ELSEWHERE.replace('.', ',')},{port >> 8},{port & 255}).")
        assert argument == ""

    visits = []
    with staged(tmp_path, {"PASV": lie}) as (_, _, hand):
        assert hand.get("a.bin") == CONTENT
        for victim in visits:
            victim.settimeout(0.1)
            with pytest.raises(TimeoutError):
                victim.accept()
            victim.close()
    assert visits


@pytest.mark.parametrize("reply", ["227 Entering Passive Mode (127,0,0,1,0,25).", "227 (127,0,0,1,300,1)", "227 here",
                                   "227 (-1,0,0,1,200,10)", "229 Entering Extended Passive Mode (|||200|)"])
def test_a_passive_reply_that_names_no_data_port_is_no_set_up(tmp_path, reply):
    with staged(tmp_path, {"PASV": lambda visit, _: visit.reply(reply)}) as (server, _, hand):
        assert hand.say("PASV")[:1] in "45"
        assert hand.say("RETR a.bin").startswith("425")
        hand.expect("NOOP", "200")
        assert b"RETR a.bin" not in server.heard()


@pytest.mark.parametrize("script", [
    {"NOOP": lambda visit, _: visit.send(f"200 Fine\r\n{FORGED}\r\n".encode())},
    {"NOOP": lambda visit, _: visit.send(b"200 Fine\r\n226 Transfer complete\r\n150 Here\r\n")},
], ids=["a passive reply", "a transfer's replies"])
def test_a_reply_that_nobody_asked_for_is_dropped(tmp_path, script):
    with staged(tmp_path, script) as (_, relay, hand):
        hand.expect("NOOP", "200")
        relay.daemon.wait_log("SP-4003 W")
        hand.expect("PWD", "257")
        assert hand.get("a.bin") == CONTENT
        hand.expect("PWD", "257")


def test_a_forged_passive_reply_within_other_texts_changes_nothing(tmp_path):
    files = {"a.bin": CONTENT, f"{FORGED}\r\n": b"x", "LIST": f"{FORGED}\r\n".encode()}
    script = {"CWD": lambda visit, name: visit.reply(f"550-{name}\r\n{FORGED}\r\n550 {FORGED}"),
              "PWD": lambda visit, _: visit.reply(f'257 "{FORGED}"')}
    with staged(tmp_path, script, greeting=f"220-{FORGED}\r\n{FORGED}\r\n220 {FORGED}") as (server, _, hand):
        server.files.update(files)
        port = hand.passive()
        assert hand.say(f"CWD {FORGED}").startswith("550-")
        assert hand.say("PWD").startswith("257")
        data = hand.connect_data(port)
        hand.expect("RETR a.bin", "150")
        assert read_end(data).whole == (CONTENT, "FIN")
        assert hand.reply().startswith("226")
        data = hand.begin("LIST")
        assert FORGED.encode() in read_end(data).data
        assert hand.reply().startswith("226")
        still_in_step(hand)


def until_gone_or(hand, command):
    """What is said until the end of the session or the answer to `command`."""
    with contextlib.suppress(ConnectionError):
        hand.send(command.encode() + b"\r\n")
    said = []
    with contextlib.suppress(ConnectionError):
        while line := hand.line():
            said.append(line)
            if line.startswith("257"):
                break
    return said


@pytest.mark.parametrize("reply", ["234 Protected", "334 ADAT=", "335 ADAT=", "533 Protect", "631 safe"])
def test_words_of_protection_from_a_server_in_clear_never_reach_the_user(tmp_path, reply):
    with staged(tmp_path, {"NOOP": lambda visit, _: visit.reply(reply)}) as (_, _, hand):
        hand.send(b"NOOP\r\n")
        assert not [line for line in until_gone_or(hand, "PWD") if line.startswith(reply[:3])]


@pytest.mark.parametrize("flood", [b"a" * 100_000, b"200-" + b"b" * 30_000 + b"\r\n200 x\r\n",
                                   b"200-x\r\n" + b"c\r\n" * 300_000], ids=["no line", "a long line", "no end"])
def test_an_endless_reply_ends_the_session_and_no_memory(tmp_path, flood):
    def pour(visit, _):
        for _ in range(50):
            visit.send(flood)

    with staged(tmp_path, {"NOOP": pour}) as (_, relay, hand):
        before = [resident(program) for program in relay.programs]
        with contextlib.suppress(ConnectionError):
            hand.send(b"NOOP\r\n")
            assert sum(map(len, until_gone(hand))) < 6 << 20
        assert all(resident(program) < size + 32_768 for program, size in zip(relay.programs, before))


def resident(program):
    """KiB of memory."""
    with open(f"/proc/{program.pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


@contextlib.contextmanager
def protected(folder, script=None, certificate="127.0.0.1", trust=None, fields=None, **how):
    """sallyport before a scripted server of FTPS."""
    authority = Authority(folder)
    pair = authority.issue("stage", f"IP:{certificate}")
    with Stage({"a.bin": CONTENT}, script, pair, **how) as server:
        trusted = trust(folder) if trust else {"ca": authority.certificate}
        with relays.workstation_alone(folder, server.port, trusted, **(fields or {})) as relay:
            yield server, relay


def another_authority(folder):
    (folder / "other").mkdir()
    return {"ca": Authority(folder / "other").certificate}


def another_pin(folder):
    (folder / "other").mkdir()
    return {"pin": pin_of(Authority(folder / "other").certificate)}


def inject(visit, _):
    visit.send(b"234 Go on\r\n230 You are logged in\r\n")
    visit.secure()


UNTRUSTED = {
    "no AUTH": ({"script": {"AUTH": None}}, 0),
    "AUTH refused for now": ({"script": {"AUTH": lambda visit, _: visit.reply("421 Later")}}, 0),
    "a greeting as if one had logged in": ({"greeting": "230 Come in", "script": {"AUTH": None}}, 0),
    "words behind 234": ({"script": {"AUTH": inject}}, 0),
    "234 and no TLS": ({"script": {"AUTH": lambda visit, _: visit.reply("234 Go on\r\n220 Fooled")}}, 0),
    "PBSZ refused": ({"script": {"PBSZ": None}}, 1),
    "PROT refused": ({"script": {"PROT": lambda visit, _: visit.reply("536 No")}}, 2),
    "a certificate of somebody else": ({"trust": another_authority}, 0),
    "another key than the pinned one": ({"trust": another_pin}, 0),
    "a certificate for another name": ({"certificate": "127.0.0.77"}, 0),
    "nothing but TLS 1.2 where 1.3 is asked for": ({"script": {"AUTH": lambda visit, _: old_tls(visit)},
                                                    "fields": {"tls_min": "1.3"}}, 0),
}  # fmt: skip


def old_tls(visit):
    visit.stage.context.maximum_version = visit.stage.context.minimum_version = 0x303
    visit.reply("234 Go on")
    visit.secure()


@pytest.mark.parametrize("what", UNTRUSTED)
def test_a_server_without_trusted_protection_hears_no_name_and_no_password(tmp_path, what):
    how, commands_under_tls = UNTRUSTED[what]
    with protected(tmp_path, **how) as (server, relay):
        said = []
        with contextlib.suppress(ConnectionError), Hand(relay, greeted=False) as hand:
            hand.send(b"USER ftptest\r\nPASS secret\r\n")
            said = until_gone(hand)
        assert [line[:3] for line in said] == ["421"], said
        assert server.visits
        assert [line for line in server.heard_in_clear() if line != b"AUTH TLS"] == []
        assert len(server.heard()) <= 2 + commands_under_tls
        assert not [line for line in server.heard() if line.startswith((b"USER", b"PASS"))]


def test_a_data_connection_with_another_key_gets_no_file(tmp_path):
    def stranger(visit, name):
        raw = visit.data()
        visit.reply("150 I am listening")
        other = Stage(pair=Authority(tmp_path / "other").issue("thief", "IP:127.0.0.1"))
        visit.stage.context, own = other.context, visit.stage.context
        got = b""
        with contextlib.suppress(OSError):
            got = read_end(visit.protect_data(raw), 3).data
        visit.stage.stored[name] = got
        visit.stage.context = own
        other.close()
        visit.reply("226 Thank you")

    (tmp_path / "other").mkdir()
    with protected(tmp_path, {"STOR": stranger}, trust=trust_everybody) as (server, relay), Hand(relay) as hand:
        hand.log_in()
        data = hand.begin("STOR up.bin")
        with contextlib.suppress(OSError):
            data.sendall(CONTENT)
        data.close()
        assert hand.reply()[:3] in ("425", "426")
        assert server.how_stored("up.bin", 15) == b""


def trust_everybody(folder):
    """Both authorities at once."""
    both = folder / "both.crt"
    both.write_text((folder / "authority.crt").read_text() + Authority(folder / "other").certificate.read_text())
    return {"ca": both}


def cut_short(how):
    def serve(visit, _):
        raw = visit.data()
        visit.reply("150 Here it comes")
        data = visit.protect_data(raw)
        data.sendall(CONTENT[:100_000])
        how(data)
        visit.reply("226 That was all")
    return serve


def bare_fin(data):
    socket.socket(fileno=data.detach()).close()


def bare_reset(data):
    reset(socket.socket(fileno=data.detach()))


@pytest.mark.parametrize("how", [bare_fin, bare_reset])
def test_a_download_without_close_notify_is_reset_and_not_complete(tmp_path, how):
    with protected(tmp_path, {"RETR": cut_short(how)}) as (_, relay), Hand(relay) as hand:
        hand.log_in()
        seen = read_end(hand.begin("RETR a.bin"))
        assert seen.end == "RST"
        assert hand.reply().startswith("426")
        hand.expect("NOOP", "200")


def test_a_download_without_close_notify_is_whole_where_the_entry_says_so(tmp_path):
    with protected(tmp_path, {"RETR": cut_short(bare_fin)}, fields={"lenient_end": "on"}) as (_, relay):
        with Hand(relay) as hand:
            hand.log_in()
            assert read_end(hand.begin("RETR a.bin")).whole == (CONTENT[:100_000], "FIN")
            assert hand.reply().startswith("226")
        relay.workstation.wait_log("SP-4003 .*lenient-end")


def test_a_226_that_comes_before_its_data_waits_for_them(tmp_path):
    said, asked = threading.Event(), threading.Event()

    def hurried(visit, _):
        with visit.data() as data:
            visit.reply("150 Here it comes")
            visit.reply("226 Done")
            said.set()
            asked.wait(10)
            data.sendall(CONTENT)
            end(data)

    with staged(tmp_path, {"RETR": hurried}) as (_, _, hand):
        data = hand.begin("RETR a.bin")
        assert said.wait(5)
        hand.seconds = 0.3
        with pytest.raises(TimeoutError):
            hand.reply()
        asked.set()
        hand.seconds = 10
        assert read_end(data).whole == (CONTENT, "FIN")
        finish(data)
        assert hand.reply().startswith("226")
