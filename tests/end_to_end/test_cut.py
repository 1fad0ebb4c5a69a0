"""The secure leg cut at every byte of a 64 KiB transfer: whoever receives sees all bytes and FIN, or RST.

SALLYPORT_CUT_STEP is the distance of the positions; 1, the default, is every byte."""
import os

import pytest

from support.load import cut_everywhere
from support.network import free_port
from support.paths import XYGATE, entry, trust_in
from support.programs import SANITIZED, Daemon, Workstation

STEP = int(os.environ.get("SALLYPORT_CUT_STEP", 101 if SANITIZED else 1))


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("encryption", ["AES256,X25519", "DES168,X25519", "TLS"])
def test_no_cut_is_ever_taken_for_an_end(tmp_path, encryption, direction):
    server, accept, proxy, target = (free_port() for _ in range(4))
    with Daemon(tmp_path / "host", f"{server} {XYGATE} -p{target} -aTOP") as daemon:
        with Workstation(tmp_path / "ws", {"top": entry(proxy, accept, encryption, **trust_in(daemon, encryption))}):
            code, said = cut_everywhere(direction, proxy, server, accept, target, STEP)
            print(said)
            assert code == 0, said
