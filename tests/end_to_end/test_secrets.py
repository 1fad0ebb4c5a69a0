"""Keys appear nowhere but in their files, and files that others can read are refused."""
import os
import re
import stat
from pathlib import Path

import pytest

from support.network import free_port
from support.paths import XYGATE, entry, protected_path
from support.peers import connect, outcome, pattern, refused
from support.programs import Daemon, Workstation, write_private

NOT_PERMITTED = 77
DATA = pattern(10_000, seed=8)


def proc(pid, name):
    return Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\0", b"\n").decode(errors="replace")


@pytest.mark.parametrize("encryption", ["AES256,X25519", "TLS"])
def test_no_key_is_in_a_log_an_argument_the_environment_or_an_answer(tmp_path, mip, encryption):
    conf = "[log]\nlevel = debug\n"
    with protected_path(tmp_path, mip.port, encryption, keyed=True, conf=conf) as path:
        fixed = (tmp_path / "fixed.keys").read_text().split()[1]
        secrets = {fixed, fixed[:17], fixed.replace("-", "")[:16]}
        secrets |= set(re.findall(r"[0-9a-f]{64}", (path.daemon.state / "host.key").read_text()))
        secrets |= {line for line in (path.daemon.state / "tls.key").read_text().splitlines() if "-----" not in line}
        assert len(secrets) >= 5
        with connect(path.entry) as client:
            client.sendall(DATA)
            assert outcome(client, limit=len(DATA)).data == DATA
            told = [proc(program.pid, name) for program in (path.daemon, path.workstation)
                    for name in ("cmdline", "environ")]
            for program, verbs in ((path.daemon, ["status", "sessions", "check", "card"]),
                                   (path.workstation, ["status", "list", "check"])):
                for verb in verbs:
                    done = program.run(verb)
                    told += [done.stdout, done.stderr]
            told += [program.run("status", "--json").stdout for program in (path.daemon, path.workstation)]
            told.append(path.daemon.run("sessions", "--json").stdout)
    told += [path.daemon.log, path.workstation.log]
    for secret in secrets:
        assert not any(secret.lower() in text.lower() for text in told), f"found {secret[:8]}..."


def test_nothing_of_the_payload_is_logged_or_seen_on_the_secure_leg(tmp_path, mip):
    words = b"USER operator PASS correct-horse-battery-staple\r\n" * 20
    for number, encryption in enumerate(["AES256,X25519", "DES168,DH1024", "TLS"]):
        with protected_path(tmp_path / str(number), mip.port, encryption, proxied=True, conf="[log]\nlevel = debug\n") as path:
            assert path.converse(words).whole == (words, "FIN")
            wire = bytes(path.proxy.connections[-1].up + path.proxy.connections[-1].down)
            assert len(wire) > 2 * len(words) and b"battery" not in wire
        assert "battery" not in path.daemon.log + path.workstation.log


def test_the_keys_that_the_daemon_makes_are_its_owners_alone(tmp_path):
    with Daemon(tmp_path, f"{free_port()} {XYGATE} -p1 -aTOP") as daemon:
        for name in ("host.key", "tls.key"):
            assert stat.S_IMODE((daemon.state / name).stat().st_mode) == 0o600
        key = (daemon.state / "host.key").read_text()
    with daemon.start():
        assert (daemon.state / "host.key").read_text() == key


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
@pytest.mark.parametrize("name", ["host.key", "tls.key", "fixed.keys"])
def test_a_key_file_that_others_can_read_keeps_the_daemon_from_starting(tmp_path, name, mode):
    keys = tmp_path / "fixed.keys"
    daemon = Daemon(tmp_path / "host", f"{free_port()} {XYGATE} -p1 -aTOP -k{keys}")
    write_private(keys, daemon.keygen()[0] + "\n")
    with daemon:
        pass
    file = keys if name == "fixed.keys" else daemon.state / name
    file.chmod(mode)
    done = daemon.run("run", seconds=10)
    assert done.returncode == (78 if name == "fixed.keys" else NOT_PERMITTED)
    assert name in done.stdout + done.stderr
    file.chmod(0o600)
    with daemon.start():
        pass


def test_a_list_with_a_fixed_key_that_others_can_read_is_refused(tmp_path, mip):
    with protected_path(tmp_path, mip.port, keyed=True) as path:
        path.workstation.stop()
        path.workstation.servers.chmod(0o644)
        for verb in ("check", "up"):
            done = path.workstation.run(verb, seconds=10)
            assert done.returncode == NOT_PERMITTED
            assert "servers.conf" in done.stdout + done.stderr
        path.workstation.servers.chmod(0o600)
        path.workstation.start()
        assert path.converse(DATA).whole == (DATA, "FIN")


def test_a_list_without_keys_may_be_read_by_others(tmp_path):
    workstation = Workstation(tmp_path, {"top": entry(1, 2345, host_key="ab" * 32)})
    workstation.servers.chmod(0o644)
    assert workstation.run("check").returncode == 0


@pytest.mark.parametrize("field", ["fixed_key_file", "client_key"])
def test_a_key_file_of_the_workstation_that_others_can_read_is_refused(tmp_path, field):
    daemon = Daemon(tmp_path / "host", "")
    if field == "fixed_key_file":
        file = write_private(tmp_path / "keys", daemon.keygen()[0] + "\n")
    else:
        file = tmp_path / "keys"
        daemon.run("keygen", "--host", file, check=True)
    fields = {"host_key": "ab" * 32, field: file}
    accept = free_port()
    workstation = Workstation(tmp_path / "ws", {"top": entry(1, accept, **fields)})
    assert workstation.run("check").returncode == 0
    file.chmod(0o644)
    with workstation:
        workstation.wait_log(rf"SP-3004 E .*{re.escape(str(file))}.*chmod 600")
        assert refused(accept)
    done = workstation.run("check")
    assert done.returncode in (NOT_PERMITTED, 78) and str(file) in done.stdout + done.stderr


def test_edits_never_loosen_the_lists_mode(tmp_path):
    workstation = Workstation(tmp_path, {"top": entry(1, 2345, host_key="ab" * 32)})
    assert stat.S_IMODE(workstation.servers.stat().st_mode) == 0o600
    workstation.run("edit", "top", "port=2", check=True)
    assert stat.S_IMODE(workstation.servers.stat().st_mode) == 0o600
    assert os.stat(workstation.servers).st_uid == os.getuid()
