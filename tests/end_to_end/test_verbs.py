"""The verbs of both programs: what they print, what they change, and their exit codes."""
import re

import pytest

from support.network import free_port
from support.paths import entry, protected_path
from support.peers import connect, converse, outcome, pattern, refused
from support.programs import Daemon, Workstation, wait_for, write_private

DATA = pattern(10_000, seed=5)
OK, USAGE, NOT_RUNNING, TRY_AGAIN, CONFIGURATION = 0, 64, 69, 75, 78

DAEMON_CHECKS = {
    "the-notes-line": ("23450 $system.xygatehe.xygatehe  -p2345 -t$ZB019 -aTOP\n", OK, ""),
    "no-line-at-all": ("# nothing yet\n", OK, ""),
    "a-foreign-program": ("7 $system.ztcpip.echoserv\n", OK, "echoserv"),
    "a-port-that-is-none": ("70000 $system.xygatehe.xygatehe -p2345 -aTOP\n", CONFIGURATION, ":1:1: port 70000"),
    "an-unknown-flag": ("23450 $system.xygatehe.xygatehe -p2345 -q9\n", CONFIGURATION, ":1:"),
    "two-faults-in-one-run": ("70000 sallyport -p1\n0 sallyport -p1\n", CONFIGURATION, ":2:1:"),
    "a-suite-that-is-none": ("23450 sallyport -p2345 -eAES512,X25519\n", CONFIGURATION, "AES512"),
    "a-fixed-key-file-that-is-missing": ("23450 sallyport -p2345 -k/nowhere/keys\n", CONFIGURATION, "/nowhere/keys"),
}


@pytest.mark.parametrize("name", DAEMON_CHECKS)
def test_check_of_the_daemon_tells_every_fault_by_place_and_by_exit_code(tmp_path, name):
    text, code, said = DAEMON_CHECKS[name]
    daemon = Daemon(tmp_path, text, "[tcp-process]\n$ZB019 = 127.0.0.2\n")
    done = daemon.run("check")
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout + done.stderr
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(text)
    assert daemon.run("check", elsewhere).returncode == code


@pytest.mark.parametrize("conf", ["[limits]\ndrain = soon\n", "[no-such-section]\na = b\n",
                                  "[limits]\nno-such-key = 1\n",
                                  "[native]\nlegacy-until = someday\n", "[tls]\nleast = 1.1\n", "nonsense\n"])
def test_check_of_the_daemon_reads_the_configuration_too(tmp_path, conf):
    daemon = Daemon(tmp_path, "# nothing\n", conf)
    done = daemon.run("check")
    assert done.returncode == CONFIGURATION
    assert "sallyportd.conf" in done.stdout + done.stderr
    assert daemon.run("run").returncode == CONFIGURATION


@pytest.mark.parametrize("table, said", [("70000 sallyport -p1\n", "portconf:1: port 70000"), ("# nothing\n", "check")])
def test_a_daemon_without_a_single_entry_to_serve_does_not_start_and_says_why(tmp_path, table, said):
    done = Daemon(tmp_path, table).run("run")
    assert done.returncode == CONFIGURATION
    assert said in done.stderr


def test_a_faulty_line_is_told_and_the_other_lines_are_served(tmp_path, mip):
    port = free_port()
    with Daemon(tmp_path, f"70000 sallyport -p1\n{port} sallyport -p{mip.port} -aTOP\n") as daemon:
        daemon.wait_log(r"SP-1006 W .*portconf:1: port 70000")
        assert [entry["entry"] for entry in daemon.status()["entries"]] == [str(port)]
        assert not refused(port)


def test_a_daemon_whose_port_is_taken_says_which(tmp_path, mip):
    daemon = Daemon(tmp_path, f"{mip.port} sallyport -p1 -l127.0.0.1\n")
    done = daemon.run("run")
    assert done.returncode == TRY_AGAIN
    assert str(mip.port) in done.stdout + done.stderr


LIST_CHECKS = {
    "nothing": ({}, OK, ""),
    "a-full-entry": ({"top": entry(23450, 2345, "DES168,DH1024", host_key="ab" * 32)}, OK, ""),
    "a-suite-that-is-none": ({"top": entry(23450, 2345, "DES186,DH1024", host_key="ab" * 32)}, CONFIGURATION, "DES186"),
    "a-port-that-is-none": ({"top": entry(70000, 2345, host_key="ab" * 32)}, CONFIGURATION, "70000"),
    "an-unknown-field": ({"top": entry(23450, 2345, host_key="ab" * 32, colour="red")}, CONFIGURATION, "colour"),
    "one-port-twice": ({name: entry(23450, 2345, host_key="ab" * 32) for name in ("a", "b")}, CONFIGURATION, "2345"),
}


@pytest.mark.parametrize("name", LIST_CHECKS)
def test_check_of_the_workstation_tells_every_fault_by_place_and_by_exit_code(tmp_path, name):
    entries, code, said = LIST_CHECKS[name]
    done = Workstation(tmp_path, entries).run("check")
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize("make", [lambda folder: Daemon(folder, ""), lambda folder: Workstation(folder, {})],
                         ids=["sallyportd", "sallyport"])
def test_usage_and_not_running_have_exit_codes_of_their_own(tmp_path, make):
    program = make(tmp_path)
    assert program.run("no-such-verb").returncode == USAGE
    assert program.run("--no-such-option").returncode == USAGE
    assert program.run("status").returncode == NOT_RUNNING
    assert program.run("status", "--json").returncode == NOT_RUNNING
    for option in ("--help", "--version"):
        done = program.run(option)
        assert done.returncode == OK and program.name in done.stdout


def test_verbs_that_need_words_say_so(tmp_path):
    workstation = Workstation(tmp_path, {})
    for words in (["add"], ["edit"], ["remove"], ["trust"], ["protect"], ["protect", "maybe"]):
        assert workstation.run(*words).returncode == USAGE, words


def test_an_entry_is_added_listed_edited_and_removed(tmp_path):
    workstation = Workstation(tmp_path, {})
    workstation.run("add", "top-prod", "protocol=TOP", "host=192.168.0.3", "port=23450", "encryption=DES168,DH1024",
                    "accept=127.0.0.1:2345", check=True)
    listed = workstation.run("list", check=True).stdout
    for word in ("top-prod", "TOP", "192.168.0.3", "23450", "DES168,DH1024", "127.0.0.1:2345"):
        assert word in listed
    assert workstation.run("add", "top-prod", "protocol=TOP", "host=h", "port=1", "encryption=TLS",
                           "accept=2346").returncode != OK
    workstation.run("edit", "top-prod", "port=23451", check=True)
    assert "23451" in workstation.run("list", check=True).stdout
    before = workstation.servers.read_text()
    assert workstation.run("edit", "top-prod", "port=0").returncode != OK
    assert workstation.run("edit", "no-such", "port=1").returncode != OK
    assert workstation.run("remove", "no-such").returncode != OK
    assert workstation.servers.read_text() == before
    workstation.run("remove", "top-prod", check=True)
    assert "top-prod" not in workstation.run("list", check=True).stdout
    assert workstation.run("check").returncode == OK


def test_edits_keep_what_the_user_wrote(tmp_path):
    workstation = Workstation(tmp_path, {})
    text = ("# mine\n\n[a]\nprotocol = TOP   \n; more of mine\nhost=h\nport = 1\nencryption = TLS\n"
            "accept = 2345\n\n\n# end\n")
    write_private(workstation.servers, text)
    workstation.run("edit", "a", "port=2", check=True)
    assert workstation.servers.read_text() == text.replace("port = 1", "port = 2")


def test_a_running_workstation_obeys_add_edit_and_remove(tmp_path, mip):
    first, second = free_port(), free_port()
    with protected_path(tmp_path, mip.port) as path:
        path.workstation.run("add", "more", "protocol=TOP", "host=127.0.0.1", f"port={path.server}",
                             "encryption=AES256,X25519", f"accept=127.0.0.1:{first}",
                             f"host-key={path.daemon.host_key}", check=True)
        wait_for(lambda: not refused(first), 5, "the new entry listens")
        assert converse(first, DATA).whole == (DATA, "FIN")
        change = ["edit", "more", f"accept=127.0.0.1:{second}"]
        done = path.workstation.run(*change)
        assert done.returncode != OK and "sallyport protect off more" in done.stderr
        path.workstation.run("protect", "off", "more", check=True)
        path.workstation.run(*change, check=True)
        path.workstation.run("protect", "on", "more", check=True)
        wait_for(lambda: refused(first) and not refused(second), 5, "the entry has moved")
        assert converse(second, DATA).whole == (DATA, "FIN")
        path.workstation.run("protect", "off", "more", check=True)
        path.workstation.run("remove", "more", check=True)
        wait_for(lambda: refused(second), 5, "the entry is gone")
        assert path.converse(DATA).whole == (DATA, "FIN")


def test_status_and_sessions_show_a_conversation_and_stop_ends_it(tmp_path, mip):
    with protected_path(tmp_path, mip.port, "DES168,DH1024") as path:
        with connect(path.entry) as client, connect(path.entry) as other:
            for sock in (client, other):
                sock.sendall(b"12345")
                assert outcome(sock, limit=5).data == b"12345"
            status = path.daemon.status()
            assert (status["schema"], status["program"], status["pid"]) == (1, "sallyportd", path.daemon.pid)
            assert re.fullmatch(r"\d+\.\d+\.\d+.*", status["version"])
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", status["since"])
            shown, = status["entries"]
            assert (shown["entry"], shown["protocol"], shown["state"]) == (str(path.server), "TOP", "listening")
            assert (shown["sessions"], shown["legacy_sessions"]) == (2, 2)
            assert shown["listen"] == f"127.0.0.1:{path.server}" and shown["target"].endswith(f":{mip.port}")
            sessions = path.daemon.sessions()
            assert len(sessions) == 2
            for session in sessions:
                assert (session["secure"], session["suite"], session["legacy"]) == ("native", "DES168,DH1024", True)
                assert session["peer"].startswith("127.0.0.1:") and session["proof_age_seconds"] < 10
                assert (session["bytes_to_target"], session["bytes_to_client"]) == (5, 5)
            assert str(sessions[0]["id"]) in path.daemon.run("sessions", check=True).stdout
            assert str(path.server) in path.daemon.run("status", check=True).stdout
            at_workstation = path.workstation.state_of("top")
            assert at_workstation["encryption"] == "DES168,DH1024" and at_workstation["state"] == "protected"

            path.daemon.run("stop", sessions[0]["id"], check=True)
            wait_for(lambda: [s["id"] for s in path.daemon.sessions()] == [sessions[1]["id"]], 5, "one is stopped")
            ends = []
            for sock in (client, other):
                try:
                    sock.sendall(b"6")
                    ends.append(outcome(sock, 1, limit=1).end)
                except OSError:
                    ends.append("RST")
            assert sorted(ends) == ["RST", "more"]
            path.daemon.wait_log(r"stopped: stopped_by_operator:")
            assert path.daemon.run("stop", 999999).returncode != OK


def test_stop_ends_the_daemon(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        path.daemon.run("stop", check=True)
        assert path.daemon.wait(10) == 0
        assert path.daemon.run("status").returncode == NOT_RUNNING


def test_a_second_daemon_on_the_same_state_does_not_start(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        assert path.daemon.run("run").returncode == TRY_AGAIN
        assert path.converse(DATA).whole == (DATA, "FIN")
        assert path.daemon.status()["pid"] == path.daemon.pid


def test_a_killed_daemon_leaves_nothing_that_keeps_it_from_starting(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        path.daemon.kill()
        path.daemon.start()
        assert path.converse(DATA).whole == (DATA, "FIN")


def test_keygen_makes_keys_that_check_their_own_digits(tmp_path):
    daemon = Daemon(tmp_path, "")
    line, text = daemon.keygen("ws1")
    assert re.fullmatch(r"ws1 ([0-9a-f]{8}-){8}[0-9a-f]{8}", line)
    assert daemon.keygen("ws1")[1] != text
    file = tmp_path / "new.key"
    daemon.run("keygen", "--host", file, check=True)
    assert re.search(r"^ed25519-private [0-9a-f]{64}$", file.read_text(), re.M)
    assert file.stat().st_mode & 0o077 == 0
    before = file.read_bytes()
    assert daemon.run("keygen", "--host", file).returncode != OK
    assert file.read_bytes() == before
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    keyed = Workstation(tmp_path / "ws", {"top": entry(1, 2345, fixed_key=wrong)})
    done = keyed.run("check")
    assert done.returncode == CONFIGURATION and wrong not in done.stdout + done.stderr


def test_legacy_suites_end_after_their_date(tmp_path, mip):
    with protected_path(tmp_path, mip.port, "DES168,DH1024", conf="[native]\nlegacy-until = 2020-01-01\n") as path:
        path.daemon.wait_log("SP-1008")
        assert path.converse(DATA).end == "RST"
        path.daemon.wait_log(r"stopped: legacy_suites_refused:")
        path.workstation.wait_log(r"stopped: refused_legacy:")


def test_a_legacy_session_is_logged_as_one(tmp_path, mip):
    with protected_path(tmp_path, mip.port, "DES168,DH1024") as path:
        assert path.converse(DATA).whole == (DATA, "FIN")
        path.daemon.wait_log(r"SP-2004 W .*DES168,DH1024")
        path.workstation.wait_log(r"SP-2004 W .*DES168,DH1024")
        assert path.daemon.status()["totals"]["legacy_sessions"] == 1


def test_every_log_line_has_time_number_and_severity(tmp_path, mip):
    with protected_path(tmp_path, mip.port) as path:
        assert path.converse(DATA).whole == (DATA, "FIN")
    for program in (path.daemon, path.workstation):
        lines = program.log.splitlines()
        assert lines and all(re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* SP-\d{4} [IWE] .+", line)
                             for line in lines), program.log
