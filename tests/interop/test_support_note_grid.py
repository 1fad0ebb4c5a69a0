"""E-X1: {stunnel, sallyport} before {stunnel, sallyportd}. Complete transfers end clean in all four; a transfer that is
cut never does wherever the receiving end is ours."""

import threading

import pytest
from exchanges import MIB, AtOnce, ReplyAfterEnd, RequestAfterEnd
from ours import reach, serve
from peers import Stunnel
from support.network import free_port
from support.peers import Mip, connect, outcome, pattern

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
@pytest.mark.parametrize("exchange", [AtOnce, ReplyAfterEnd, RequestAfterEnd])
def test_e_x1_transfer(pairing, exchange, client, server):
    exchange = exchange()
    grid = pairing(client, server, exchange.serve)
    exchange.expect(grid.mip, grid.accept)


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
