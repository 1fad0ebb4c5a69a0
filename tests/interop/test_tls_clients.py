"""TLS clients of other makers before sallyportd: A-S1, and what each of them does in its own way."""

import contextlib
import re
import socket
import ssl
import threading

import pytest
from ours import FixedKey, reach, serve
from peers import HaProxy, Stunnel, gnutls_cli, run_client, s_client
from support.network import free_port
from support.peers import Mip, connect, echo, outcome, pattern, reset, sink

DATA = pattern(200_000)
LINE = b"marked line\n"


@pytest.mark.parametrize("options", [
    ("-tls1_2",), ("-tls1_3",), ("-tls1_2", "-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    ("-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"), ("-groups", "P-256"), ("-alpn", "h2,http/1.1"),
    ("-servername", "127.0.0.1"), ("-servername", "no.such.name.test"), ("-noservername",)], ids=" ".join)
def test_a_s1_openssl_s_client(started, tmp_path, options):
    mip = started(Mip(echo))
    _, port = serve(started, tmp_path, mip.port)
    command = s_client(port, "-quiet", "-no_ign_eof", "-verify_quiet", *options)
    answer = run_client(command, DATA, lambda printed: len(printed) >= len(DATA))
    assert DATA in answer.data  # around it stand its words on the certificate
    assert mip.seen().end == "FIN"


@pytest.mark.parametrize("priority", ["NORMAL:-VERS-ALL:+VERS-TLS1.2", "NORMAL:-VERS-ALL:+VERS-TLS1.3"])
def test_a_s1_gnutls_cli(started, tmp_path, priority):
    mip = started(Mip(echo))
    _, port = serve(started, tmp_path, mip.port)
    command = gnutls_cli(tmp_path, port, "--priority", priority)
    assert run_client(command, DATA, lambda printed: len(printed) >= len(DATA)).whole == (DATA, "exit 0")
    assert mip.seen().end == "FIN"


def test_a_s1_haproxy(started, tmp_path, authority, pair):
    mip = started(Mip(echo))
    _, port = serve(started, tmp_path, mip.port, conf=pair.conf)
    accept = free_port()
    started(HaProxy(tmp_path, accept, port, f"ca-file {authority.certificate} verify required verifyhost host.test"))
    with connect(accept) as top:
        threading.Thread(target=top.sendall, args=(DATA,)).start()
        assert outcome(top, limit=len(DATA)).data == DATA


def say_a_line(command):
    """What the client program prints that has its line echoed. So it stays long enough for a ticket of TLS 1.3."""
    return run_client(command, LINE, lambda printed: LINE in printed).data.decode(errors="replace")


@pytest.mark.parametrize("options", [("-tls1_2",), ("-tls1_2", "-no_ticket"), ("-tls1_3",)], ids=" ".join)
def test_openssl_takes_up_its_session(started, tmp_path, options):
    mip = started(Mip(echo))
    _, port = serve(started, tmp_path, mip.port)
    file = tmp_path / "session"
    assert "New, TLSv1" in say_a_line(s_client(port, *options, "-sess_out", file))
    assert "Reused, TLSv1" in say_a_line(s_client(port, *options, "-sess_in", file))


def test_openssl_reconnects_five_times(started, tmp_path):
    mip = started(Mip(echo))
    _, port = serve(started, tmp_path, mip.port)
    printed = say_a_line(s_client(port, "-tls1_2", "-reconnect"))
    assert len(re.findall("^Reused, TLSv1.2", printed, re.M)) == 5


@pytest.mark.parametrize("options", [("-tls1",), ("-tls1_1",)], ids=" ".join)
def test_old_tls_versions_are_refused(started, tmp_path, options):
    mip = started(Mip(echo))
    daemon, port = serve(started, tmp_path, mip.port)
    printed = say_a_line(s_client(port, *options, "-cipher", "ALL:@SECLEVEL=0"))
    assert "alert protocol version" in printed
    daemon.wait_log("stopped: old_tls_version")
    assert mip.started == 0


def test_tls_1_2_is_refused_where_the_least_is_1_3(started, tmp_path):
    mip = started(Mip(echo))
    daemon, port = serve(started, tmp_path, mip.port, conf="[tls]\nleast = 1.3\n")
    assert "alert protocol version" in say_a_line(s_client(port, "-tls1_2"))
    daemon.wait_log("stopped: old_tls_version")
    assert "New, TLSv1.3" in say_a_line(s_client(port))
    assert mip.started == 1


def python_client(port, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    return context.wrap_socket(connect(port), suppress_ragged_eofs=False)  # or an end without close_notify looks clean


both_versions = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3],
                                        ids=["1.2", "1.3"])


@both_versions
def test_close_notify_of_python_is_a_clean_end_for_the_target(started, tmp_path, version):
    mip = started(Mip(sink))
    _, port = serve(started, tmp_path, mip.port)
    client = python_client(port, version)
    client.sendall(DATA)
    client.unwrap().close()  # returns only once our close_notify has come
    assert mip.seen().whole == (DATA, "FIN")


@both_versions
@pytest.mark.parametrize("how", ["FIN", "RST"])
def test_end_without_close_notify_resets_the_target(started, tmp_path, version, how):
    mip = started(Mip(sink))
    daemon, port = serve(started, tmp_path, mip.port)
    client = python_client(port, version)
    client.sendall(DATA)
    if how == "FIN":
        client.shutdown(socket.SHUT_WR)  # of TCP: Python forgets TLS here
    else:
        reset(client)
    assert mip.seen().end == "RST"
    daemon.wait_log("stopped: (truncated|.*reset)")
    client.close()


@both_versions
def test_target_that_resets_is_no_clean_end_for_the_client(started, tmp_path, version):
    def answer_half(sock):
        sock.sendall(DATA)
        seen = outcome(sock, limit=len(LINE))
        reset(sock)
        return seen

    mip = started(Mip(answer_half))
    _, port = serve(started, tmp_path, mip.port)
    with contextlib.closing(python_client(port, version)) as client:
        received = 0
        while received < len(DATA):
            received += len(client.recv(65536))
        client.sendall(LINE)
        with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
            client.recv(1)


def test_native_and_tls_side_by_side_on_one_port(started, tmp_path, pair):
    mip = started(Mip(echo))
    daemon, port = serve(started, tmp_path, mip.port, conf=pair.conf, program="$system.xygatehe.xygatehe")
    ports = {"sallyport_tls": reach(started, tmp_path / "tls", port, pin=pair.pin)[1],
             "sallyport_native": reach(started, tmp_path / "native", port, "AES256,X25519", card=daemon.card)[1],
             "sallyport_des168": reach(started, tmp_path / "des168", port, "DES168,DH1024", card=daemon.card)[1],
             "stunnel": free_port()}
    started(Stunnel.client(tmp_path, ports["stunnel"], port))
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(accept)) for accept in ports.values()]
        for top in held:
            top.sendall(LINE)
            assert outcome(top, limit=len(LINE)).data == LINE
        secure = sorted((session["secure"], session["suite"]) for session in daemon.sessions())
        assert secure == [("native", "AES256,X25519"), ("native", "DES168,DH1024"),
                          ("tls", "TLSv1.3 TLS_AES_256_GCM_SHA384"), ("tls", "TLSv1.3 TLS_AES_256_GCM_SHA384")]
        for top in held:
            threading.Thread(target=lambda to=top: (to.sendall(DATA), to.shutdown(socket.SHUT_WR))).start()
        for top in held:
            assert outcome(top).whole == (DATA, "FIN")


@pytest.mark.parametrize("proof", ["certificate", "fixed_key"])
def test_sessions_show_who_the_client_has_proven_to_be(started, tmp_path, authority, proof):
    mip = started(Mip(echo))
    if proof == "certificate":
        flags, settings = f"-c{authority.certificate}", authority.issue("workstation-7").settings
    else:
        key = FixedKey(tmp_path, "workstation-7")
        flags, settings = f"-k{key.file}", {"PSKsecrets": key.stunnel_file}
    daemon, port = serve(started, tmp_path, mip.port, flags)
    accept = free_port()
    started(Stunnel.client(tmp_path, accept, port, **settings))
    with connect(accept) as top:
        top.sendall(LINE)
        assert outcome(top, limit=len(LINE)).data == LINE
        [session] = daemon.sessions()
        assert "workstation-7" in session["identity"]
