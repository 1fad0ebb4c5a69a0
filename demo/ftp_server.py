"""A plain FTP server, python3-pyftpdlib. Usage: ftp_server.py ADDRESS:PORT FOLDER FIRST-LAST USER PASSWORD

FIRST-LAST are the ports of its passive mode."""
import sys

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer


def main(where, folder, data_ports, user, password):
    address, _, port = where.rpartition(":")
    first, last = data_ports.split("-")
    FTPHandler.authorizer = DummyAuthorizer()
    FTPHandler.authorizer.add_user(user, password, folder, perm="elradfmwMT")
    FTPHandler.passive_ports = range(int(first), int(last) + 1)
    FTPServer((address, int(port)), FTPHandler).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
