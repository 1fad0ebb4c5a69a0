"""A stand-in for the MIP: answers each line with a line that says so. Usage: mip.py ADDRESS:PORT"""
import secrets
import socketserver
import sys

LONGEST_LINE = 4096


class Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while line := self.rfile.readline(LONGEST_LINE):
                asked = line.decode(errors="replace").strip()
                # The token makes each answer one of a kind, so that it can be looked for in what was recorded.
                token = secrets.token_hex(16)
                self.wfile.write(f"This is a stand-in, not the MIP. Token {token}. You asked: {asked}\n".encode())
        except ConnectionError:
            pass  # a client may go as it likes


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def main():
    address, _, port = sys.argv[1].rpartition(":")
    with Server((address, int(port)), Conversation) as server:
        print(f"the MIP's stand-in listens on {address}:{port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass  # it was started by hand
