"""The protection switch: off means that nothing listens, the running program obeys, and status says what is so."""
import os
import socket
import stat
import subprocess
import tempfile

import pytest

from support.network import free_port
from support.paths import XYGATE, entry, protected_path
from support.peers import connect, converse, outcome, pattern, refused
from support.programs import Daemon, Workstation, wait_for

DATA = pattern(10_000, seed=2)


@pytest.fixture
def two_entries(tmp_path, mip):
    server = free_port()
    ports = {"first": free_port(), "second": free_port()}
    with Daemon(tmp_path / "host", f"{server} {XYGATE} -p{mip.port} -aTOP") as daemon:
        with Workstation(tmp_path / "ws", {name: entry(server, port, card=daemon.card)
                                           for name, port in ports.items()}) as workstation:
            yield workstation, ports


def works(port):
    return not refused(port) and converse(port, DATA).whole == (DATA, "FIN")


def test_off_closes_every_port_and_on_opens_them_again(two_entries):
    workstation, ports = two_entries
    assert all(works(port) for port in ports.values())
    workstation.run("protect", "off", check=True)
    wait_for(lambda: all(refused(port) for port in ports.values()), 5, "ports closed")
    assert {entry["state"] for entry in workstation.status()["entries"]} == {"off"}
    workstation.run("protect", "on", check=True)
    wait_for(lambda: all(works(port) for port in ports.values()), 5, "ports open again")
    assert "off" not in {entry["state"] for entry in workstation.status()["entries"]}
    assert workstation.running


def test_one_entry_is_switched_and_the_other_left_alone(two_entries):
    workstation, ports = two_entries
    workstation.run("protect", "off", "first", check=True)
    wait_for(lambda: refused(ports["first"]), 5, "port closed")
    assert works(ports["second"])
    assert workstation.state_of("first")["state"] == "off"
    assert workstation.state_of("second")["state"] != "off"
    workstation.run("protect", "on", "first", check=True)
    wait_for(lambda: works(ports["first"]), 5, "port open again")


def test_the_switch_is_kept_over_a_restart(two_entries):
    workstation, ports = two_entries
    workstation.run("protect", "off", "first", check=True)
    workstation.stop()
    workstation.start()
    assert refused(ports["first"]) and works(ports["second"])


def test_the_switch_can_be_thrown_while_nothing_runs(two_entries):
    workstation, ports = two_entries
    workstation.stop()
    workstation.run("protect", "off", check=True)
    workstation.start()
    assert all(refused(port) for port in ports.values())
    workstation.run("protect", "on", check=True)
    wait_for(lambda: all(works(port) for port in ports.values()), 5, "ports open")


def test_protected_is_said_of_what_was_proven_and_how_long_ago(two_entries):
    workstation, ports = two_entries
    assert works(ports["first"])
    state = wait_for(lambda: (now := workstation.state_of("first"))["state"] == "protected" and now, 5, "protected")
    assert 0 <= state["proof_age_seconds"] < 10


def test_not_protected_is_said_when_the_host_refuses(tmp_path, mip):
    with protected_path(tmp_path, mip.port, "DES168,DH1024", program="sallyport") as path:
        assert path.converse(DATA).end == "RST"
        wait_for(lambda: path.workstation.state_of("top")["state"] == "not-protected", 5, "not-protected")


def test_an_unknown_entry_cannot_be_switched(two_entries):
    workstation, _ = two_entries
    done = workstation.run("protect", "off", "third")
    assert done.returncode != 0 and "third" in done.stderr


def test_what_listens_is_loopback_alone(two_entries):
    workstation, ports = two_entries
    listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=True).stdout
    for port in ports.values():
        assert f"127.0.0.1:{port}" in listening
        assert f"0.0.0.0:{port}" not in listening and f"*:{port}" not in listening
    assert workstation.running


def test_control_sockets_are_their_owners_alone(two_entries, tmp_path):
    for folder in ("host", "ws"):
        sockets = [path for path in (tmp_path / folder / "state").rglob("*") if stat.S_ISSOCK(path.stat().st_mode)]
        assert len(sockets) == 1
        assert stat.S_IMODE(sockets[0].stat().st_mode) == 0o600


@pytest.mark.skipif(os.getuid() != 0, reason="NEEDS ROOT to act as another user")
def test_another_user_cannot_open_a_control_socket_even_where_its_folder_is_open():
    connect_to = "import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    with tempfile.TemporaryDirectory() as name, Workstation(name, {}) as workstation:
        for folder in (name, workstation.state):
            os.chmod(folder, 0o755)
        control = str(workstation.state / "control.socket")
        command = ["/usr/bin/python3", "-c", connect_to, control]
        other = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command],
                               capture_output=True, text=True, check=False)
        assert other.returncode == 1 and "PermissionError" in other.stderr
        assert subprocess.run(command, check=False).returncode == 0


def test_a_client_that_speaks_nonsense_to_the_control_socket_harms_nothing(two_entries, tmp_path):
    workstation, ports = two_entries
    control = next(path for path in (tmp_path / "ws/state").rglob("*") if stat.S_ISSOCK(path.stat().st_mode))
    for words in (b"\0" * 100_000, b"nonsense\n", b"{\"verb\":\"" + b"x" * 70_000 + b"\"}\n", b""):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(5)
            sock.connect(str(control))
            try:
                sock.sendall(words)
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass
    assert works(ports["first"])
    assert len(workstation.status()["entries"]) == 2


def test_a_conversation_is_reset_by_off_never_continued_in_clear(two_entries):
    workstation, ports = two_entries
    with connect(ports["first"]) as client:
        client.sendall(b"x")
        assert outcome(client, limit=1).data == b"x"
        workstation.run("protect", "off", check=True)
        wait_for(lambda: refused(ports["first"]), 5, "port closed")
        client.sendall(b"y")
        seen = outcome(client, 5, limit=1)
        # Either it goes on as it was, over its secure leg, or it is reset.
        assert seen.data == b"y" or seen.end == "RST"
