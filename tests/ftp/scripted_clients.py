"""The clients of the BSD lineage, which read their commands from standard input and never say by their exit status how
a command ended: their output, with all replies in it, is all there is to judge by."""
import os
import signal
import subprocess

from clients import Client
from desk import PASSWORD, USER, Said
from settings import unpacked


class Scripted(Client):
    tls = ("none",)

    def command(self, mode):
        """The command, and the lines that set the mode."""
        raise NotImplementedError

    def script(self, *lines, mode=None):
        command, setting = self.command(mode)
        said = self.run(*command, text=self.text(*setting, *lines, b"quit"))
        return Said(124 if said.code == 124 else None, said.output)

    @staticmethod
    def text(*lines):
        return b"\n".join([f"user {USER} {PASSWORD}".encode(), b"binary", *lines]) + b"\n"

    def get(self, remote, local, mode=None, resume=False, text=False):
        verb = b"reget" if resume else b"get"
        return self.script(*([b"ascii"] if text else []), b'%s "%s" "%s"' % (verb, remote, local), mode=mode)

    def put(self, local, remote, mode=None, resume=False, append=False):
        verb = b"append" if append else b"put"
        start = [b"restart %d" % os.path.getsize(self.desk.disk(os.path.basename(remote)))] if resume else []
        return self.script(*start, b'%s "%s" "%s"' % (verb, local, remote), mode=mode)

    def list(self, folder, mode=None, names=False):
        return self.script((b"nlist " if names else b"ls ") + folder, mode=mode)

    def get_many(self, folder, names, into):
        return self.script(*(b'get "%s/%s" "%s/%s"' % (folder, name, into, name) for name in names))

    def put_many(self, names, folder):
        return self.script(*(b'put "%s" "%s/%s"' % (self.desk.at(b"many/" + name), folder, name) for name in names))

    def rename(self, old, new):
        return self.script(b'rename "%s" "%s"' % (old, new))

    def delete(self, name):
        return self.script(b'delete "%s"' % name)

    def make_folder(self, name):
        return self.script(b'mkdir "%s"' % name)

    def remove_folder(self, name):
        return self.script(b'rmdir "%s"' % name)

    def interrupted_get(self, huge, remote, local):
        """SIGINT, as from Ctrl-C: the client then sends its own ABOR."""
        command, setting = self.command(None)
        part = self.desk.at(b"part")
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=self.environment(), cwd=self.desk.local) as process:
            process.stdin.write(self.text(*setting, b'get "%s" "%s"' % (huge, part)))
            process.stdin.flush()
            begun = self.desk.wait_for(lambda: os.path.exists(part) and os.path.getsize(part) > 0, 5)
            process.send_signal(signal.SIGINT)
            try:
                output, _ = process.communicate(b'get "%s" "%s"\nquit\n' % (remote, local), self.desk.seconds_left)
            except subprocess.TimeoutExpired:
                process.kill()
                return Said(124, process.communicate()[0] + b"\nended for taking too long")
        return Said(None if begun else 1, output)


class Tnftp(Scripted):
    modes = {"pasv": ("-p", b"epsv4 off"), "epsv": ("-p", b"epsv4 on"), "port": ("-A", b"epsv4 off"),
             "eprt": ("-A", b"epsv4 on")}

    def command(self, mode):
        option, setting = self.mode(mode, "epsv")
        return ["tnftp", "-v", "-n", option, self.door.host, str(self.door.port)], [setting]


class Inetutils(Scripted):
    modes = {"pasv": [b"passive"], "port": []}

    def command(self, mode):
        program = unpacked("inetutils-ftp/usr/bin/inetutils-ftp")
        return [program, "-v", "-n", self.door.host, str(self.door.port)], self.mode(mode, "pasv")
