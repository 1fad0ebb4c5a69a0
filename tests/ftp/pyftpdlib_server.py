"""pyftpdlib as a server of its own: pyftpdlib_server.py SPECIFICATION, a JSON object; see settings.py."""
import json
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import MultiprocessFTPServer


class Protected(TLS_FTPHandler):
    tls_control_required = tls_data_required = True


class Implicit(Protected):
    """Begins with the handshake, which pyftpdlib itself does not offer, and greets once that is done."""

    def handle(self):
        self.secure_connection(self.get_ssl_context())

    def handle_ssl_established(self):
        super().handle()


def main(port, passive_ports, tls, certificate, home, user, password, options):
    # Each log call describes the session, shown or not; while a closed file is left to an upload that was reset, that
    # raises, from close() as well, and the session would answer nothing and spin for ever (1.5.7).
    FTPHandler.get_repr_info = lambda *_, **__: ""
    handler = {"none": FTPHandler, "explicit": Protected, "implicit": Implicit}[tls]
    handler.authorizer = DummyAuthorizer()
    handler.authorizer.add_user(user, password, home, perm="elradfmwMT")
    if passive_ports:
        handler.passive_ports = range(passive_ports[0], passive_ports[1] + 1)
    handler.certfile = certificate
    handler.masquerade_address = options.get("pasv-address")
    without = {verb for verb in ("EPSV", "PASV") if options.get(verb.lower()) == "no"}
    handler.proto_cmds = {verb: what for verb, what in handler.proto_cmds.items() if verb not in without}
    # A process for each session: in one process, one of fifty sessions side by side stalls (1.5.7).
    MultiprocessFTPServer(("127.0.0.1", port), handler).serve_forever()


main(**json.loads(sys.argv[1]))
