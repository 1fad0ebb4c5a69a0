"""What an operator sees of FTP: sessions and transfers while they run, a line for each file later, and no secret."""
import contextlib
import re
import socket
import ssl

import pytest
import relays
from desk import PASSWORD, USER
from hand import Hand, finish, read_end
from stage import Stage
from support.peers import pattern
from support.programs import wait_for

SIZE = 64 << 20  # more than buffers hold: a transfer that waits for its reader
FILES = {"big.bin": b"\0" * SIZE, "small.bin": pattern(12_345, seed=3)}
CHAINS = ("native", "ftps", "ftps-implicit", "plain")
SUITES = {"native": "AES256,X25519", "ftps": "TLSv1.3 ", "ftps-implicit": "TLSv1.3 ", "plain": ""}


@contextlib.contextmanager
def relay_for(chain, folder, server, conf=""):
    if chain == "native":
        with relays.native(folder, server, conf=conf) as relay:
            yield relay
    else:
        with relays.host(folder, server, chain, conf=conf) as relay:
            yield relay


def only_session(program):
    sessions = [each for each in program.json("sessions")["sessions"] if each["state"] == "established"]
    assert len(sessions) == 1, sessions
    return sessions[0]


@pytest.mark.parametrize("chain", CHAINS)
def test_a_session_shows_its_user_its_command_and_its_transfer_while_it_runs(tmp_path, chain):
    with Stage(FILES) as server, relay_for(chain, tmp_path, server.port) as relay, Hand(relay) as hand:
        hand.log_in()
        for program in relay.programs:
            session = only_session(program)
            assert (session["user"], session["activity"], session["transfers"]) == (USER, "", [])
            assert session["protocol"] == "FTP" and session["suite"].startswith(SUITES[chain])
        data = hand.begin("RETR big.bin")
        assert len(read_end(data, limit=1_000_000).data) == 1_000_000
        for program in relay.programs:
            session = only_session(program)
            assert session["activity"] == "RETR big.bin"
            (transfer,) = session["transfers"]
            assert transfer["direction"] == "to_client" and 1_000_000 <= transfer["bytes"] <= SIZE
            assert transfer["bytes_per_second"] > 0 and transfer["suite"].startswith(SUITES[chain])
        read_end(data, limit=SIZE - 1_000_000)
        assert read_end(data).end == "FIN"
        finish(data)
        assert hand.reply().startswith("226")
        for program in relay.programs:
            session = only_session(program)
            assert (session["activity"], session["transfers"]) == ("", [])
            assert session["bytes_to_client"] == SIZE


def test_an_upload_shows_its_direction(tmp_path):
    with Stage() as server, relays.native(tmp_path, server.port) as relay, Hand(relay) as hand:
        hand.log_in()
        data = hand.begin("STOR up.bin")
        data.sendall(b"x" * 100_000)
        for program in relay.programs:
            wait_for(lambda: only_session(program)["transfers"][0]["bytes"] == 100_000)  # noqa: B023
            session = only_session(program)
            assert session["transfers"][0]["direction"] == "to_target" and session["activity"] == "STOR up.bin"
        finish(data)
        assert hand.reply().startswith("226")


LINE = (r"{number} . #\d+ \S+/FTP: user {user}, {verb}, {bytes} bytes in (\d+\.\d\d) s, {suite}, "
        r"peer 127\.0\.0\.1:\d+: {result}\n")


def expect_line(program, number, verb, size, suite, result):
    line = LINE.format(number=number, user=USER, verb=verb, bytes=size, suite=suite, result=result)
    (seconds,) = program.wait_log(line)
    assert float(seconds) < 30


@pytest.mark.parametrize("chain", CHAINS)
def test_each_file_has_a_line_with_who_what_how_much_how_long_and_how_it_ended(tmp_path, chain):
    suite = {"native": "native AES256,X25519", "plain": r"plain [^,]*"}.get(chain, r"tls TLSv1\.3 \w+")
    with Stage(FILES) as server, relay_for(chain, tmp_path, server.port) as relay:
        with Hand(relay) as hand:
            hand.log_in()
            assert hand.get("small.bin") == FILES["small.bin"]
            hand.put("up.bin", b"y" * 54_321)
            refused = hand.connect_data(hand.passive())
            assert hand.say("RETR none.bin").startswith("550")
            refused.close()
            hand.expect("QUIT", "221")
        with Hand(relay) as hand:
            hand.log_in()
            data = hand.begin("RETR big.bin")
            read_end(data, limit=100_000)
            data.close()  # with unread bytes: a reset
            assert hand.reply().startswith("426")
        for program in relay.programs:
            expect_line(program, "SP-4001", r"RETR small\.bin", 12_345, suite, "complete, 226")
            expect_line(program, "SP-4001", r"STOR up\.bin", 54_321, suite, "complete, 226")
            expect_line(program, "SP-4002", r"RETR none\.bin", 0, suite, "not complete, 550: .+")
            expect_line(program, "SP-4002", r"RETR big\.bin", r"\d{5,8}", suite, "not complete, 426: .+")
            assert len(re.findall("SP-400[12]", program.log)) == 4


def test_names_cannot_forge_lines_of_the_log(tmp_path):
    with Stage(FILES) as server, relays.native(tmp_path, server.port) as relay, Hand(relay) as hand:
        hand.log_in()
        hand.connect_data(hand.passive())
        hand.say(b"RETR a\x1b[2Jb\x07\xff SP-4001 I \r\0\tc")
        for program in relay.programs:
            program.wait_log("SP-4002")
            assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", program.log.replace("\n", ""))
            assert len(re.findall(r"^\S+ SP-400", program.log, re.M)) == 1


@pytest.mark.parametrize("chain", CHAINS)
def test_a_password_is_in_no_log_and_no_view_even_when_everything_is_written(tmp_path, chain):
    secrets = (PASSWORD, "acct0-7f3a", "pswd0-1c9e", "wrong0-55aa")
    with Stage(FILES, {"SITE": lambda visit, _: visit.reply("200 Changed"), "REIN": None}) as server:
        with relay_for(chain, tmp_path, server.port, "[log]\nlevel = debug\n") as relay:
            told = []
            if relay.workstation:
                relay.workstation.stop()
                relay.workstation.start("up", "--debug")
            with Hand(relay) as hand:
                hand.protect()
                hand.say(f"USER {USER}")
                hand.say(f"PASS {secrets[3]}")
                hand.say(f"pAsS {PASSWORD}")
                hand.say(f"ACCT {secrets[1]}")
                hand.say(f"SITE PSWD {secrets[2]} {secrets[2]}")
                data = hand.connect_data(hand.passive())
                hand.say(f"PASS {PASSWORD}")
                data.close()
                for program in relay.programs:
                    told += [program.run(*verb).stdout for verb in
                             (["sessions"], ["sessions", "--json"], ["status"], ["status", "--json"])]
                with Hand(relay) as other:  # one that breaks off behind its password
                    other.protect()
                    other.send(f"USER {USER}\r\nPASS {PASSWORD}".encode())
            heard = b"\n".join(server.heard()).decode()
            assert all(secret in heard for secret in secrets)
        told.append(relay.log)
        assert "SP-0000 D" in relay.programs[-1].log, "nothing more than usual was written"
        for secret in secrets:
            assert not any(secret in text for text in told), secret


def test_an_entry_in_clear_is_seen_in_the_log_and_the_status(tmp_path):
    with Stage(FILES) as server:
        with relays.host(tmp_path, server.port, "native,ftps,plain") as relay, Hand(relay) as hand:
            relay.daemon.wait_log(r"SP-4005 W entry \d+/FTP serves clear text too")
            assert hand.greeting.startswith("220")
            hand.log_in()
            assert hand.get("small.bin") == FILES["small.bin"]
            assert only_session(relay.daemon)["secure"] == "plain"
            (entry,) = relay.daemon.status()["entries"]
            assert "plain" in str(entry), entry
            assert "plain" in relay.daemon.run("status").stdout
            assert len(relay.daemon.wait_log("SP-4005 W #1 ")) == 1


def test_the_status_counts_sessions_bytes_and_what_failed(tmp_path):
    with Stage(FILES) as server, relays.native(tmp_path, server.port) as relay:
        for _ in range(3):
            with Hand(relay) as hand:
                hand.log_in()
                hand.get("small.bin")
                hand.put("up.bin", b"z" * 1000)
                hand.expect("QUIT", "221")
        for program in relay.programs:
            wait_for(lambda: not program.json("sessions")["sessions"])  # noqa: B023
            totals = program.status()["totals"]
            assert totals["bytes_to_client"] == 3 * 12_345 and totals["bytes_to_target"] == 3000, totals


def test_a_data_connection_of_tls_shows_its_own_suite(tmp_path):
    with Stage(FILES) as server, relays.host(tmp_path, server.port, "ftps") as relay, Hand(relay) as hand:
        hand.log_in()
        other = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        other.check_hostname, other.verify_mode = False, ssl.CERT_NONE
        other.maximum_version = ssl.TLSVersion.TLSv1_2
        data = hand.begin("RETR big.bin", session=False, context=other)
        assert isinstance(data, socket.socket)
        read_end(data, limit=1000)
        (transfer,) = only_session(relay.daemon)["transfers"]
        assert transfer["suite"].startswith("TLSv1.2 ")
        assert only_session(relay.daemon)["suite"].startswith("TLSv1.3 ")
