"""A-C5: a server of an older age is refused by sallyport, and the log says which of the three is the cause."""

import pytest
from certificates import self_signed
from ours import reach
from peers import OpensslServer
from support.network import free_port
from support.peers import converse

RSA1024, RSA2048 = ("rsa:1024",), ("rsa:2048",)


def old_server(started, folder, pair, *options):
    port = free_port()
    started(OpensslServer(folder, port, "-cert", pair.certificate, "-key", pair.key, "-cipher", "ALL:@SECLEVEL=0",
                          *options))
    return port


def expect_refusal(workstation, accept, *reasons):
    assert converse(accept, b"hello\n").whole == (b"", "RST")
    for reason in reasons:
        workstation.wait_log(reason)


def test_a_c5_server_with_tls_1_1_only(started, tmp_path):
    pair = self_signed(tmp_path, key=RSA2048)
    port = old_server(started, tmp_path, pair, "-tls1_1")
    workstation, accept = reach(started, tmp_path, port, pin=pair.pin)
    expect_refusal(workstation, accept, "stopped: old_tls_version")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
@pytest.mark.parametrize("trust", ["pin", "ca"])
def test_a_c5_server_with_a_key_of_1024_bits(started, tmp_path, authority, version, trust):
    pair = authority.issue("small", key=RSA1024)
    port = old_server(started, tmp_path, pair, version)
    workstation, accept = reach(started, tmp_path, port,
                                **(dict(pin=pair.pin) if trust == "pin" else dict(ca=authority.certificate)))
    expect_refusal(workstation, accept, "stopped: weak_certificate", "(?i)key too (?:small|weak)")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_c5_server_with_a_sha1_chain(started, tmp_path, authority, version):
    pair = authority.issue("sha1", key=RSA2048, digest="sha1")
    port = old_server(started, tmp_path, pair, version)
    workstation, accept = reach(started, tmp_path, port, ca=authority.certificate)
    expect_refusal(workstation, accept, "stopped: weak_certificate", "(?i)digest|sha-?1")
