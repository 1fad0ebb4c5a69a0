"""Nine thousand sessions held at once by one daemon and one workstation program, each exact afterwards."""
import resource
import time

import pytest

from support.load import Conversations
from support.network import free_port
from support.paths import XYGATE, entry, trust_in
from support.programs import SANITIZED, Daemon, Workstation

COUNT = 2000 if SANITIZED else 9000
DESCRIPTORS = 2 * COUNT + 500  # each session has two in each program, and two in the program that is both of its ends


@pytest.mark.parametrize("encryption", ["AES256,X25519", "TLS"])
def test_nine_thousand_idle_sessions_are_held_and_exact_afterwards(tmp_path, encryption):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < DESCRIPTORS:
        pytest.skip(f"NEEDS {DESCRIPTORS} DESCRIPTORS a process; the hard limit here is {hard}")
    server, accept, target = (free_port() for _ in range(3))
    # Both programs start with the usual soft limit, and must raise it themselves.
    daemon = Daemon(tmp_path / "host", f"{server} {XYGATE} -p{target} -aTOP", soft_descriptors=1024)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        with daemon, Workstation(tmp_path / "ws", {"top": entry(server, accept, encryption,
                                                                **trust_in(daemon, encryption))},
                                 soft_descriptors=1024) as workstation:
            load = Conversations(tmp_path, f"127.0.0.1:{accept}", f"127.0.0.1:{target}", [1000] * COUNT, hold_after=100,
                                 buffer=2048, opening=100)
            try:
                load.wait_holding()
                assert len(daemon.sessions()) == COUNT
                assert daemon.status()["entries"][0]["sessions"] == COUNT
                time.sleep(2)
                load.release()
                load.finish()
            finally:
                load.kill()
            for program in (daemon, workstation):
                totals = program.status()["totals"]
                assert (totals["truncated"], totals["refused"]) == (0, 0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
