"""E-X1: {stunnel, sallyport} before {stunnel, sallyportd}. Complete transfers end clean in all four; a transfer that is
cut never does wherever the receiving end is ours."""

import threading

import pytest
from ours import MIB, reach, serve
from peers import Stunnel
from support.network import free_port
from support.peers import Mip, connect, converse, outcome, pattern, reply_after_end, source

UP, DOWN = pattern(MIB, 1), pattern(MIB, 2)
CLIENTS, SERVERS = ["stunnel", "sallyport"], ["stunnel", "sallyportd"]


class Pairing:
    """Client and server of the secure leg, a target behind them, and the port for the application in front."""

    def __init__(self, started, folder, pair, client, server, behaviour):
        self.mip = started(Mip(behaviour))
        if server == "stunnel":
            port = free_port()
            self.server = started(Stunnel.server(folder, port, self.mip.port, **pair.settings))
        else:
            self.server, port = serve(started, folder, self.mip.port, conf=pair.conf)
        if client == "stunnel":
            self.accept = free_port()
            self.client = started(Stunnel.client(folder, self.accept, port))
        else:
            self.client, self.accept = reach(started, folder, port, pin=pair.pin)


@pytest.fixture
def pairing(started, tmp_path, pair):
    return lambda client, server, behaviour: Pairing(started, tmp_path, pair, client, server, behaviour)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_e_x1_transfer(pairing, client, server):
    grid = pairing(client, server, source(DOWN))
    assert converse(grid.accept, UP).whole == (DOWN, "FIN")
    assert grid.mip.seen().whole == (UP, "FIN")


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_e_x1_reply_after_the_end_of_the_request(pairing, client, server):
    grid = pairing(client, server, reply_after_end(DOWN, 1.5))
    assert converse(grid.accept, UP).whole == (DOWN, "FIN")
    assert grid.mip.seen().whole == (UP, "FIN")


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("client", CLIENTS)
def test_e_x1_request_after_the_end_of_the_reply(pairing, client, server):
    grid = pairing(client, server, source(DOWN))
    with connect(grid.accept) as top:
        assert outcome(top).whole == (DOWN, "FIN")
        top.sendall(UP)
    assert grid.mip.seen().whole == (UP, "FIN")


def pour(sock):
    """Sends without end, until it is stopped."""
    piece = pattern(64 * 1024)
    try:
        while True:
            sock.sendall(piece)
    except OSError:
        return outcome(sock)


@pytest.mark.parametrize("server", SERVERS)
def test_e_x1_download_is_reset_when_the_server_is_killed(pairing, server):
    grid = pairing("sallyport", server, pour)
    with connect(grid.accept) as top:
        assert outcome(top, limit=MIB).end == "more"
        grid.server.kill()
        assert outcome(top).end == "RST"


@pytest.mark.parametrize("client", CLIENTS)
def test_e_x1_upload_is_reset_when_the_client_is_killed(pairing, client):
    arriving = threading.Event()

    def sink(sock):
        assert outcome(sock, limit=MIB).end == "more"
        arriving.set()
        return outcome(sock)

    grid = pairing(client, "sallyportd", sink)
    with connect(grid.accept) as top:
        threading.Thread(target=pour, args=(top,), daemon=True).start()
        assert arriving.wait(10)
        grid.client.kill()
        assert grid.mip.seen().end == "RST"
