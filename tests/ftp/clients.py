"""FTP clients as programs, each behind the same few methods, so that a case is written once for all of them.

A method does one thing in one run of the program and yields what it Said. `mode` asks for one way of opening data
connections, where the program has a choice: pasv, epsv, port, eprt. What a program does not have is NotAvailable;
a program that is not installed is an OSError, and so a failure: nothing passes for want of it."""
import os
import re
import shutil
import subprocess
import urllib.parse

from desk import PASSWORD, USER, NotAvailable, Said


class Client:
    program = ""
    tls = ("none", "explicit", "implicit")
    modes = {}

    def __init__(self, door, desk):
        if door.tls not in self.tls:
            raise NotAvailable(f"no TLS {door.tls}")
        self.door, self.desk = door, desk

    def get(self, remote, local, mode=None, resume=False, text=False):
        raise NotAvailable

    def put(self, local, remote, mode=None, resume=False, append=False):
        raise NotAvailable

    def list(self, folder, mode=None, names=False):
        raise NotAvailable

    def get_many(self, folder, names, into):
        """Downloads files of one folder, in one run."""
        raise NotAvailable

    def put_many(self, names, folder):
        """Uploads files of the folder `many`, in one run."""
        raise NotAvailable

    def get_part(self, remote, local, first, last):
        raise NotAvailable

    def interrupted_get(self, huge, remote, local):
        """Stops a download in its middle as a user would, and in the same session gets another file."""
        raise NotAvailable

    def rename(self, old, new):
        raise NotAvailable

    def delete(self, name):
        raise NotAvailable

    def make_folder(self, name):
        raise NotAvailable

    def remove_folder(self, name):
        raise NotAvailable

    def session(self, mode=None):
        """A hand on the wire: an open session, for cases that no program can be told to do."""
        raise NotAvailable

    def abandon(self):
        """The time of the case is over; called on another thread. Programs are ended by run()."""

    def mode(self, name, default):
        """The options for a mode; None stands for `default`."""
        name = name or default
        if name not in self.modes:
            raise NotAvailable(f"no {name}")
        return self.modes[name]

    def environment(self):
        return {**os.environ, "LC_ALL": "C", "HOME": self.desk.local.decode(), "TERM": "dumb"}

    def run(self, *command, text=b""):
        try:
            done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  timeout=self.desk.seconds_left, env=self.environment(), cwd=self.desk.local)
        except subprocess.TimeoutExpired as late:
            return Said(124, (late.stdout or b"") + b"\nended for taking too long")
        return Said(done.returncode, done.stdout)


class Curl(Client):
    modes = {"pasv": ["--disable-epsv"], "epsv": [], "port": ["-P", "-", "--disable-eprt"], "eprt": ["-P", "-"]}

    def curl(self, *options, mode=None):
        tls = {"none": [], "explicit": ["--ssl-reqd"], "implicit": []}[self.door.tls]
        tls += ["--cacert", str(self.door.ca)] if self.door.tls != "none" else []
        if mode in ("port", "eprt") and self.door.tls != "none" and self._fails_at_active_tls():
            raise NotAvailable("curl 7.87.0 to 7.88.1 has no active mode with TLS (curl issue 10666)")
        return self.run("curl", "-sS", "-u", f"{USER}:{PASSWORD}", *tls, *self.mode(mode, "epsv"), *options)

    @staticmethod
    def _fails_at_active_tls():
        said = subprocess.run(["curl", "-V"], stdout=subprocess.PIPE, text=True, check=True).stdout
        return (7, 87, 0) <= tuple(map(int, re.match(r"curl (\d+)\.(\d+)\.(\d+)", said).groups())) <= (7, 88, 1)

    def url(self, path):
        if b"\r" in path:
            raise NotAvailable("curl refuses control characters")
        scheme = "ftps" if self.door.tls == "implicit" else "ftp"
        return f"{scheme}://{self.door.host}:{self.door.port}/{urllib.parse.quote(path)}"

    def get(self, remote, local, mode=None, resume=False, text=False):
        url = self.url(remote) + (";type=A" if text else "")
        said = self.curl("-o", local, *(["-C", "-"] if resume else []), url, mode=mode)
        if said.code == 0 and not os.path.exists(local):
            open(local, "wb").close()  # curl makes no file for no bytes
        return said

    def put(self, local, remote, mode=None, resume=False, append=False):
        how = (["-C", "-"] if resume else []) + (["-a"] if append else [])
        return self.curl("-T", local, *how, self.url(remote), mode=mode)

    def list(self, folder, mode=None, names=False):
        return self.curl(*(["-l"] if names else []), self.url(folder + b"/"), mode=mode)

    def get_many(self, folder, names, into):
        return self.many(("-o", os.path.join(into, name), self.url(folder + b"/" + name)) for name in names)

    def put_many(self, names, folder):
        return self.many(("-T", self.desk.at(b"many/" + name), self.url(folder + b"/")) for name in names)

    def many(self, pairs):
        return self.curl(*(part for pair in pairs for part in pair))

    def get_part(self, remote, local, first, last):
        return self.curl("-r", f"{first}-{last}", "-o", local, self.url(remote))

    def commands(self, *commands):
        """Before a look at the root folder alone, which transfers nothing."""
        quoted = [part for command in commands for part in (b"-Q", command)]
        return self.curl("-I", *quoted, self.url(b""))

    def rename(self, old, new):
        return self.commands(b"RNFR " + old, b"RNTO " + new)

    def delete(self, name):
        return self.commands(b"DELE " + name)

    def make_folder(self, name):
        return self.commands(b"MKD " + name)

    def remove_folder(self, name):
        return self.commands(b"RMD " + name)


class CurlTls12(Curl):
    tls = ("explicit", "implicit")

    def curl(self, *options, mode=None):
        return super().curl("--tls-max", "1.2", *options, mode=mode)


def is_utf8(text):
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


class Lftp(Client):
    modes = {"pasv": "set ftp:prefer-epsv no", "epsv": "set ftp:prefer-epsv yes", "port": "set ftp:passive-mode no"}

    def lftp(self, *commands, mode=None):
        # The names of one case are in one character set. Where a server announces UTF-8, lftp translates to it.
        charset = "UTF-8" if is_utf8(b"".join(commands)) else "ISO-8859-1"
        settings = ["set net:max-retries 1", "set net:timeout 5", "set net:reconnect-interval-base 1",
                    "set cmd:fail-exit yes", "set ftp:use-utf8 no", f"set ftp:charset {charset}",
                    f"set file:charset {charset}", self.mode(mode, "pasv"),
                    f"set ftp:ssl-force {'no' if self.door.tls == 'none' else 'yes'}",
                    f"set ftp:ssl-allow {'no' if self.door.tls == 'none' else 'yes'}", "set ftp:ssl-protect-data yes",
                    f"set ssl:ca-file {self.door.ca or '/dev/null'}"]
        scheme = "ftps" if self.door.tls == "implicit" else "ftp"
        settings.append(f"open -u {USER},{PASSWORD} {scheme}://{self.door.host}:{self.door.port}")
        return self.run("lftp", "-c", b"; ".join([*map(str.encode, settings), *commands]))

    def get(self, remote, local, mode=None, resume=False, text=False):
        how = b"-c " if resume else b"-a " if text else b""
        return self.lftp(b'get %s"%s" -o "%s"' % (how, remote, local), mode=mode)

    def put(self, local, remote, mode=None, resume=False, append=False):
        if append:
            raise NotAvailable("lftp never sends APPE")
        return self.lftp(b'put %s"%s" -o "%s"' % (b"-c " if resume else b"", local, remote), mode=mode)

    def list(self, folder, mode=None, names=False):
        return self.lftp((b"nlist " if names else b"ls ") + folder, mode=mode)

    def get_many(self, folder, names, into):
        return self.lftp(b'mirror -p "%s" "%s"' % (folder, into))

    def put_many(self, names, folder):
        return self.lftp(b'mirror -R "%s" "%s"' % (self.desk.at(b"many"), folder))

    def interrupted_get(self, huge, remote, local):
        begin = b'get "%s" -o /dev/null & sleep 0.5' % huge
        return self.lftp(begin, b"kill all", b'get "%s" -o "%s"' % (remote, local))

    def rename(self, old, new):
        return self.lftp(b'mv "%s" "%s"' % (old, new))

    def delete(self, name):
        return self.lftp(b'rm "%s"' % name)

    def make_folder(self, name):
        return self.lftp(b'mkdir "%s"' % name)

    def remove_folder(self, name):
        return self.lftp(b'rmdir "%s"' % name)


class Wget(Client):
    modes = {"pasv": [], "port": ["--no-passive-ftp"]}

    def wget(self, path, local, *options, mode=None, kind=""):
        tls = {"none": [], "explicit": [f"--ca-certificate={self.door.ca}"],
               "implicit": [f"--ca-certificate={self.door.ca}", "--ftps-implicit"]}[self.door.tls]
        scheme = "ftp" if self.door.tls == "none" else "ftps"
        url = f"{scheme}://{USER}:{PASSWORD}@{self.door.host}:{self.door.port}/{urllib.parse.quote(path)}{kind}"
        return self.run("wget", "-nv", "--tries=1", "--timeout=10", *tls, *self.mode(mode, "pasv"), *options, "-O",
                        local, url)

    def get(self, remote, local, mode=None, resume=False, text=False):
        if b"\r" in remote:
            raise NotAvailable("wget sends %0D for CR")
        return self.wget(remote, local, *(["-c"] if resume else []), mode=mode, kind=";type=a" if text else "")

    def list(self, folder, mode=None, names=False):
        if names:
            raise NotAvailable("wget never sends NLST")
        said = self.wget(folder + b"/", self.desk.at(b"index"), mode=mode)
        if os.path.exists(self.desk.at(b"index")):
            with open(self.desk.at(b"index"), "rb") as index:
                return Said(said.code, said.output + index.read())
        return said


class Ncftp(Client):
    tls = ("none",)
    modes = {"pasv": "-F", "port": "-E"}

    def tool(self, name, *arguments, mode=None):
        return self.run(name, "-u", USER, "-p", PASSWORD, "-P", str(self.door.port), "-t", "10",
                        self.mode(mode, "pasv"), *arguments)

    def get(self, remote, local, mode=None, resume=False, text=False):
        if not resume:
            how = ["-V", *(["-a"] if text else []), "-C"]
            return self.tool("ncftpget", *how, self.door.host, remote, local, mode=mode)
        os.makedirs(self.desk.at(b"here"))
        here = self.desk.at(b"here/" + os.path.basename(remote))
        os.rename(local, here)
        os.utime(here, (1, 1))  # it resumes what is older than the server's
        said = self.tool("ncftpget", "-V", "-z", self.door.host, self.desk.at(b"here"), remote, mode=mode)
        os.rename(here, local)
        return said

    def put(self, local, remote, mode=None, resume=False, append=False):
        if not resume and not append:
            return self.tool("ncftpput", "-V", "-C", self.door.host, local, remote, mode=mode)
        os.makedirs(self.desk.at(b"here"))
        how = ["-z", "-s"] if resume else ["-A"]  # -s: with sendfile() it resumes with the whole file (3.2.6)
        here = shutil.copyfile(local, self.desk.at(b"here/" + os.path.basename(remote)))
        return self.tool("ncftpput", "-V", *how, self.door.host, os.path.dirname(remote), here, mode=mode)

    def list(self, folder, mode=None, names=False):
        return self.tool("ncftpls", "-1" if names else "-l", f"ftp://{self.door.host}/{folder.decode()}/", mode=mode)

    def get_many(self, folder, names, into):
        return self.tool("ncftpget", "-V", self.door.host, into, *(folder + b"/" + name for name in names))

    def put_many(self, names, folder):
        return self.tool("ncftpput", "-V", self.door.host, folder, *(self.desk.at(b"many/" + name) for name in names))

