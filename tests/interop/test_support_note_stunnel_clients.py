"""Support Note 13, installations 2 and 5, host side: a real stunnel with the note's client lines, at the note's
addresses, in front of sallyportd on the note's PORTCONF line."""

import subprocess

import pytest
from exchanges import UP, AtOnce, ReplyAfterEnd, RequestAfterEnd
from ours import FixedKey
from peers import NOTE_CLIENT, Stunnel, require
from support.peers import Mip, converse
from support.programs import Daemon, wait_for

NOTE_LINE = "23450 $system.xygatehe.xygatehe -p2345 -t$ZB019 -aTOP"
VERSIONS = ["TLSv1.2", "TLSv1.3"]


class Site:
    """The note's two machines."""

    def __init__(self, started, network, folder):
        self._started, self._network, self._folder = started, network, folder

    def host(self, conf="", flags="", mip_address="127.0.0.1", exchange=AtOnce):
        self._exchange = exchange()
        with self._network.host.entered():
            self.mip = self._started(Mip(self._exchange.serve, 2345, mip_address))
            self.daemon = self._started(Daemon(self._folder / "host", f"{NOTE_LINE} {flags}".rstrip(), conf))
        return self

    def stunnel(self, **settings):
        with self._network.workstation.entered():
            return self._started(Stunnel(self._folder, "stunnel", NOTE_CLIENT, **settings))

    def expect_transfer(self):
        """The application connects to 127.0.0.1:2345, as the note tells its user."""
        with self._network.workstation.entered():
            self._exchange.expect(self.mip, 2345)

    def expect_refusal(self):
        """Nothing comes back, and the target never hears of it. Whether the end is clean, stunnel decides."""
        with self._network.workstation.entered():
            assert converse(2345, UP).data == b""
        assert self.mip.started == 0


@pytest.fixture
def site(started, note, tmp_path):
    return Site(started, note, tmp_path)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mip_address, conf", [
    pytest.param("127.0.0.1", "", id="mip_on_loopback"),
    pytest.param("192.168.0.3", "[tcp-process]\n$ZB019 = 192.168.0.3\n", id="mip_on_the_host_address"),
    pytest.param("0.0.0.0", "", id="mip_on_both"),
])
def test_b_s1_real_stunnel_client(site, version, mip_address, conf):
    site.host(conf, mip_address=mip_address)
    stunnel = site.stunnel(sslVersionMax=version)
    site.expect_transfer()
    assert f"{version} ciphersuite:" in stunnel.log


def test_b_s1_real_stunnel_client_with_these_four_lines_and_nothing_else(site, note, tmp_path):
    site.host()
    (tmp_path / "stunnel.conf").write_text(NOTE_CLIENT)
    with note.workstation.entered():  # without `foreground` it goes to the background; it ends with the namespace
        subprocess.run([require("stunnel"), tmp_path / "stunnel.conf"], check=True, capture_output=True)
    wait_for(note.workstation.processes, what="stunnel in the background")
    site.expect_transfer()


def test_b_s2_server_name_that_is_an_ip_literal(site):
    site.host()
    stunnel = site.stunnel()
    site.expect_transfer()
    assert "SNI: sending servername: 192.168.0.3" in stunnel.log


@pytest.mark.parametrize("version", VERSIONS)
def test_b_s3_no_certificate_where_the_entry_demands_none(site, version):
    site.host()
    stunnel = site.stunnel(sslVersionMax=version)
    site.expect_transfer()
    assert "No certificate or private key specified" in stunnel.log


@pytest.mark.parametrize("version", VERSIONS)
def test_b_s3_client_certificate_accepted_where_the_entry_demands_one(site, authority, version):
    site.host(flags=f"-c{authority.certificate}")
    site.stunnel(sslVersionMax=version, **authority.issue("workstation").settings)
    site.expect_transfer()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("whose", ["none", "stranger"])
def test_b_s3_refused_where_the_entry_demands_a_certificate(site, authority, stranger, version, whose):
    site.host(flags=f"-c{authority.certificate}")
    site.stunnel(sslVersionMax=version, **({} if whose == "none" else stranger.issue("workstation").settings))
    site.expect_refusal()
    site.daemon.wait_log("stopped: certificate_unknown")


def trusted(pair, authority):
    return [dict(CAfile=authority.certificate, verifyChain="yes", checkIP="192.168.0.3"),
            dict(CAfile=pair.certificate, verifyPeer="yes")]


@pytest.mark.parametrize("way", [0, 1], ids=["verify_chain_and_address", "verify_peer"])
def test_b_s4_client_that_verifies(site, authority, pair, way):
    site.host(pair.conf)
    stunnel = site.stunnel(**trusted(pair, authority)[way])
    site.expect_transfer()
    assert "Certificate accepted" in stunnel.log


@pytest.mark.parametrize("way", [0, 1], ids=["verify_chain_and_address", "verify_peer"])
def test_b_s4_wrong_certificate_fails_at_the_client(site, authority, stranger, pair, way):
    site.host(stranger.issue("host").conf)
    stunnel = site.stunnel(**trusted(pair, authority)[way])
    site.expect_refusal()
    stunnel.wait_for("certificate verify failed")


def test_b_s4_certificate_of_another_address_fails_at_the_client(site, authority):
    site.host(authority.issue("elsewhere", "IP:192.168.0.4").conf)
    stunnel = site.stunnel(CAfile=authority.certificate, verifyChain="yes", checkIP="192.168.0.3")
    site.expect_refusal()
    stunnel.wait_for("certificate verify failed")


def test_b_s4_certificate_that_the_daemon_made_itself(site):
    site.host()
    site.stunnel(CAfile=site.daemon.state / "tls.crt", verifyPeer="yes")
    site.expect_transfer()


@pytest.mark.parametrize("version", VERSIONS)
def test_fixed_key_of_the_entry_is_a_psk_of_stunnel(site, tmp_path, version):
    key = FixedKey(tmp_path, "top")
    site.host(flags=f"-k{key.file}")
    stunnel = site.stunnel(sslVersionMax=version, PSKsecrets=key.stunnel_file)
    site.expect_transfer()
    assert f"{version} ciphersuite:" in stunnel.log


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mistake", ["another_key", "another_identity", "no_key"])
def test_wrong_psk_is_refused(site, tmp_path, version, mistake):
    key = FixedKey(tmp_path, "top")
    site.host(flags=f"-k{key.file}")
    if mistake == "another_key":
        (tmp_path / "another").mkdir()
        wrong = dict(PSKsecrets=FixedKey(tmp_path / "another", "top").stunnel_file)
    elif mistake == "another_identity":
        wrong = dict(PSKsecrets=FixedKey(tmp_path, "bottom").stunnel_file)
    else:
        wrong = {}
    site.stunnel(sslVersionMax=version, **wrong)
    site.expect_refusal()
    site.daemon.wait_log("stopped: handshake_failed")


@pytest.mark.parametrize("version", VERSIONS)
def test_stunnel_takes_up_its_tls_session(site, version):
    site.host()
    stunnel = site.stunnel(sslVersionMax=version)
    for _ in range(3):
        site.expect_transfer()
    stunnel.wait_until_resumed(2)


def test_stunnel_takes_up_its_tls_session_by_id(site):
    """TLS 1.2 without tickets: the daemon would have to keep the session itself."""
    site.host()
    stunnel = site.stunnel(sslVersionMax="TLSv1.2", options="NO_TICKET")
    for _ in range(3):
        site.expect_transfer()
    stunnel.wait_until_resumed(2)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("exchange", [ReplyAfterEnd, RequestAfterEnd])
def test_half_close_passes_through_stunnel(site, version, exchange):
    site.host(exchange=exchange)
    site.stunnel(sslVersionMax=version)
    site.expect_transfer()


def test_target_that_is_down_ends_the_session_of_stunnel(site):
    site.host()
    site.mip.close()
    site.stunnel()
    site.expect_refusal()
    site.daemon.wait_log("stopped: target_unreachable")
