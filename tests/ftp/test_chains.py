"""The matrix with our programs in the middle: every client, through every chain, to every server. What works at the
bare server works through the chain.

SALLYPORT_FTP=full runs all cases, a thousand files in those of many and one of 1 GiB; otherwise a chosen few."""
import os
import re
import shutil
import sys

import pytest
from matrix import Extent, run_pass
from servers import ALL
from settings import PACKAGES

FULL = os.environ.get("SALLYPORT_FTP") == "full"
EXTENT = {"many": 1000, "big": 1 << 30, "workers": 12} if FULL else {"fast": True}
PLAIN = tuple(key for key in ALL if key.endswith("/none"))
PROTECTED = tuple(key for key in ALL if not key.endswith("/none")) if FULL else (
    "vsftpd/explicit", "vsftpd/implicit", "proftpd/explicit", "pure-ftpd/explicit", "pyftpdlib/explicit")
PROGRAMS = {"curl": "curl", "curl-tls12": "curl", "lftp": "lftp", "wget": "wget", "ncftp": "ncftpget", "tnftp": "tnftp",
            "inetutils": PACKAGES / "inetutils-ftp/usr/bin/inetutils-ftp", "ftplib": sys.executable,
            "ftplib-reuse": sys.executable}
RESUMING = ("curl", "curl-tls12", "lftp", "ftplib-reuse")  # wget does so nearly always, and aborts when it has not
PASSES = [*((server, chain) for chain in ("native-des168", "native-aes256", "ftps-in") for server in PLAIN),
          *((server, "ftps-in-implicit") for server in (PLAIN if FULL else ("vsftpd/none", "pyftpdlib/none"))),
          *((server, "ftps-in-bound") for server in (PLAIN if FULL else ("vsftpd/none", "proftpd/none"))),
          *((server, "ftps-out") for server in PROTECTED)]


def clients_for(chain):
    wanted = RESUMING if chain == "ftps-in-bound" else PROGRAMS
    return tuple(name for name in wanted if shutil.which(PROGRAMS[name]))


def test_every_client_of_the_matrix_is_installed():
    missing = sorted({str(program) for program in PROGRAMS.values() if not shutil.which(program)})
    if missing:
        pytest.skip(f"not installed, and so not in any table below: {' '.join(missing)}")


@pytest.mark.parametrize("server, chain", PASSES, ids=[f"{server} {chain}" for server, chain in PASSES])
def test_what_works_at_the_bare_server_works_through_the_chain(server, chain, capsys):
    result = run_pass(server, chain, Extent(clients_for(chain), **EXTENT))
    if result.left_out:
        pytest.skip(result.left_out)
    with capsys.disabled():
        print(f"\n{result}", end="")
    # A busy machine's clock ends a client as well: that, and nothing else, may be tried once more.
    wrong = [cell for cell in result.failures
             if not re.search(r"time[d ]*out|too long", cell.reason, re.I)
             or run_pass(server, chain, Extent((cell.client,), (cell.case,), **EXTENT)).failures]
    assert not wrong, result.reasons()
    assert len(result.having("ok")) > 20, "hardly anything was tried"
