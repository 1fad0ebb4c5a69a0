"""An inetd of one service: inetd.py HOST PORT COMMAND... runs COMMAND on each connection."""
import os
import signal
import socket
import sys


def main(host, port, *command):
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by themselves
    with socket.create_server((host, int(port)), backlog=1024) as listener:
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for descriptor in (0, 1, 2):
                    os.dup2(connection.fileno(), descriptor)
                os.execv(command[0], command)
            connection.close()


main(*sys.argv[1:])
