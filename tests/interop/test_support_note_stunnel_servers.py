"""Support Note 13, installation 5, workstation side: sallyport against a real stunnel on the note's host lines."""

import pytest
from certificates import self_signed
from exchanges import UP, AtOnce, ReplyAfterEnd, RequestAfterEnd
from ours import FixedKey, reach
from peers import NOTE_SERVER, OpensslServer, Stunnel
from support.network import free_port
from support.peers import Mip, connect, converse, outcome, refused
from support.programs import Workstation

VERSIONS = ["TLSv1.2", "TLSv1.3"]


class Site:
    """A stunnel server before a target; the workstation program and an application are to reach the target."""

    def __init__(self, started, folder):
        self._started, self._folder = started, folder

    def stunnel(self, exchange=AtOnce, **settings):
        self._exchange = exchange()
        self.mip = self._started(Mip(self._exchange.serve))
        self.port = free_port()
        self.server = self._started(Stunnel.server(self._folder, self.port, self.mip.port, **settings))

    def reach(self, **fields):
        self.workstation, self.accept = reach(self._started, self._folder, self.port, **fields)

    def expect_transfer(self):
        self._exchange.expect(self.mip, self.accept)

    def expect_refusal(self, reason):
        """The application is reset or not let in, the target never hears of it, and the log says why."""
        assert converse(self.accept, UP).whole == (b"", "RST")
        self.workstation.wait_log(f"stopped: {reason}")
        assert self.mip.started == 0


@pytest.fixture
def site(started, tmp_path):
    return Site(started, tmp_path)


def test_e_c1_real_stunnel_server_with_the_notes_lines(started, note, pair, tmp_path):
    exchange = AtOnce()
    with note.host.entered():
        mip = started(Mip(exchange.serve, 2345))
        started(Stunnel(tmp_path, "stunnel", NOTE_SERVER, **pair.settings))
    with note.workstation.entered():
        started(Workstation(tmp_path / "workstation", {"top": {
            "protocol": "TOP", "host": "192.168.0.3", "port": 23450, "encryption": "TLS", "accept": "127.0.0.1:2345",
            "pin": pair.pin}}))
        exchange.expect(mip, 2345)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("trust", ["pin", "second_pin_of_two", "ca", "ca_and_name"])
def test_e_c1_real_stunnel_server(site, authority, pair, version, trust):
    site.stunnel(sslVersionMax=version, **pair.settings)
    site.reach(**{
        "pin": dict(pin=pair.pin),
        "second_pin_of_two": dict(pin=f"{authority.issue('next').pin} {pair.pin}"),
        "ca": dict(ca=authority.certificate),
        "ca_and_name": dict(ca=authority.certificate, server_name="host.test"),
    }[trust])
    site.expect_transfer()
    site.server.wait_for(f"{version} ciphersuite:")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("mistake, reason", [
    ("another_pin", "certificate_unknown"), ("another_ca", "certificate_unknown"), ("name", "certificate_name")])
def test_a_c3_server_that_is_not_trusted_is_refused(site, authority, stranger, pair, version, mistake, reason):
    site.stunnel(sslVersionMax=version, **pair.settings)
    site.reach(**{
        "another_pin": dict(pin=stranger.issue("host").pin),
        "another_ca": dict(ca=stranger.certificate),
        "name": dict(ca=authority.certificate, server_name="another.test"),
    }[mistake])
    site.expect_refusal(reason)
    if reason == "certificate_unknown":  # the line that would accept this server
        site.workstation.wait_log(f"pin = {pair.pin}".replace("+", r"\+"))


def test_a_c3_server_that_nobody_vouches_for_is_used_once_it_is_trusted(site, pair):
    site.stunnel(**pair.settings)
    site.reach()
    assert refused(site.accept)
    assert site.mip.started == 0
    shown = site.workstation.run("trust", "top")
    assert shown.returncode != 0 and f"trust top --fingerprint {pair.pin}" in shown.stderr
    site.workstation.run("trust", "top", "--fingerprint", pair.pin, check=True)
    site.workstation.stop()
    site.workstation.start()
    site.expect_transfer()


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_a_c3_self_signed_server_of_openssl_by_its_pin(started, tmp_path, version):
    pair, port = self_signed(tmp_path), free_port()
    started(OpensslServer(tmp_path, port, version, "-cert", pair.certificate, "-key", pair.key))
    _, accept = reach(started, tmp_path, port, pin=pair.pin)
    with connect(accept) as top:
        top.sendall(b"stressed\n")
        assert outcome(top, limit=9).data == b"desserts\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_fixed_key_is_a_psk_of_stunnel(site, tmp_path, version):
    key = FixedKey(tmp_path, "top")
    site.stunnel(sslVersionMax=version, PSKsecrets=key.stunnel_file, ciphers="PSK")
    site.reach(fixed_key=key.text, identity="top")
    site.expect_transfer()
    site.server.wait_for(f"{version} ciphersuite:")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("identity", ["top", "bottom"])
def test_wrong_psk_is_refused(site, tmp_path, version, identity):
    key = FixedKey(tmp_path, "top")
    (tmp_path / "another").mkdir()
    another = FixedKey(tmp_path / "another", identity)
    site.stunnel(sslVersionMax=version, PSKsecrets=key.stunnel_file, ciphers="PSK")
    site.reach(fixed_key=another.text, identity=identity)
    site.expect_refusal("")


@pytest.mark.parametrize("version", VERSIONS)
def test_client_certificate_for_a_stunnel_that_demands_one(site, authority, pair, version):
    own = authority.issue("workstation")
    site.stunnel(sslVersionMax=version, CAfile=authority.certificate, verifyChain="yes", **pair.settings)
    site.reach(pin=pair.pin, certificate=own.certificate, key=own.key)
    site.expect_transfer()
    assert "Certificate accepted" in site.server.log


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("whose", ["none", "stranger"])
def test_application_is_reset_where_stunnel_refuses_the_client_certificate(
        site, authority, stranger, pair, version, whose):
    site.stunnel(sslVersionMax=version, CAfile=authority.certificate, verifyChain="yes", **pair.settings)
    own = stranger.issue("workstation")
    site.reach(pin=pair.pin, **({} if whose == "none" else dict(certificate=own.certificate, key=own.key)))
    site.expect_refusal("")


@pytest.mark.parametrize("version", VERSIONS)
def test_sallyport_takes_up_its_tls_session(site, pair, version):
    site.stunnel(sslVersionMax=version, **pair.settings)
    site.reach(pin=pair.pin)
    for _ in range(3):
        site.expect_transfer()
    site.server.wait_until_resumed(2)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("exchange", [ReplyAfterEnd, RequestAfterEnd])
def test_half_close_passes_through_stunnel(site, pair, version, exchange):
    site.stunnel(exchange, sslVersionMax=version, **pair.settings)
    site.reach(pin=pair.pin)
    site.expect_transfer()


@pytest.mark.parametrize("version", VERSIONS)
def test_e_c1_target_that_is_down_resets_the_application(site, pair, version):
    site.stunnel(sslVersionMax=version, **pair.settings)
    site.mip.close()
    site.reach(pin=pair.pin)
    assert converse(site.accept, UP).whole == (b"", "RST")
