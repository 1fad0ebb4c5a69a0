"""How each server is told what it needs: its configuration, written into its folder, and the command that starts it.

A site (servers.py) has: folder, home, port, low and high (a passive range), needs_range, tls, options,
option(name, default), certificate, key_file and both (PEM files), user_name, group_name, identity() (a prefix that
changes to that user)."""
import json
import os
import sys
from pathlib import Path

from desk import PASSWORD, USER

HERE = Path(__file__).resolve().parent
PACKAGES = HERE.parents[1] / "build/ftp-peers"


def unpacked(path):
    """A file of a package that scripts/fetch-ftp-peers.sh has unpacked."""
    if not (PACKAGES / path).exists():
        raise FileNotFoundError(f"{PACKAGES / path} is not there: run scripts/fetch-ftp-peers.sh")
    return str(PACKAGES / path)


def lines(settings, form="{} {}"):
    return "".join(form.format(*setting) + "\n" for setting in settings.items())


def yes(condition):
    return "YES" if condition else "NO"


def vsftpd(site):
    """Options: reuse=no (data connections need not resume the session of the control connection), strict=yes (demands
    close_notify), abor=no (as Debian has it: urgent ABOR is not obeyed), active20=yes (connects from port 20)."""
    empty = site.folder / "empty"
    empty.mkdir(mode=0o555)
    settings = {
        "listen": "YES", "listen_ipv6": "NO", "listen_address": "127.0.0.1", "listen_port": site.port,
        "background": "NO", "anonymous_enable": "NO", "local_enable": "YES", "write_enable": "YES",
        "local_umask": "022", "pam_service_name": "ftp", "connect_from_port_20": yes(site.option("active20", False)),
        "pasv_min_port": site.low, "pasv_max_port": site.high, "secure_chroot_dir": empty,
        "vsftpd_log_file": site.folder / "server.log", "dual_log_enable": "YES", "log_ftp_protocol": "YES",
        "xferlog_file": site.folder / "transfers.log", "seccomp_sandbox": "NO",
        "async_abor_enable": yes(site.option("abor", True)),
    }  # fmt: skip
    if site.tls != "none":
        strict = yes(site.option("strict", False))
        settings |= {
            "ssl_enable": "YES", "allow_anon_ssl": "NO", "force_local_logins_ssl": "YES",
            "force_local_data_ssl": "YES", "ssl_tlsv1": "YES", "ssl_ciphers": "HIGH",
            "rsa_cert_file": site.certificate, "rsa_private_key_file": site.key_file,
            "require_ssl_reuse": yes(site.option("reuse", True)), "implicit_ssl": yes(site.tls == "implicit"),
            "strict_ssl_read_eof": strict, "strict_ssl_write_shutdown": strict,
        }  # fmt: skip
    configuration = site.folder / "vsftpd.conf"
    configuration.write_text(lines(settings, "{}={}"))
    return [unpacked("vsftpd/usr/sbin/vsftpd"), configuration]


def proftpd(site):
    """Options: reuse=no (as with vsftpd), ccc=yes (the control connection may return to clear text). It has no
    PassivePorts: two sessions may take the same port of a small range before either listens, and one says 425."""
    settings = {
        "ServerName": "peer", "ServerType": "standalone", "DefaultServer": "on", "ControlsEngine": "off",
        "DefaultAddress": "127.0.0.1", "Port": site.port, "SocketBindTight": "on", "UseIPv6": "off",
        "UseReverseDNS": "off", "ScoreboardFile": site.folder / "run/scoreboard",
        "PidFile": site.folder / "run/pid", "SystemLog": site.folder / "run/server.log", "TransferLog": "NONE",
        "WtmpLog": "off", "User": site.user_name, "Group": site.group_name, "Umask": "022", "MaxInstances": 100,
        "AuthOrder": "mod_auth_file.c", "AuthUserFile": site.folder / "run/passwd",
        "AuthGroupFile": site.folder / "run/group", "RequireValidShell": "off",
        "AllowOverwrite": "on", "AllowStoreRestart": "on",
        "AllowRetrieveRestart": "on", "DelayEngine": "off",
    }  # fmt: skip
    if site.tls != "none":
        module = Path(unpacked("proftpd-mod-crypto/usr/lib/proftpd/mod_tls.so"))
        options = [] if site.option("reuse", True) else ["NoSessionReuseRequired"]
        options += ["UseImplicitSSL"] if site.tls == "implicit" else []
        settings = {"ModulePath": module.parent, "LoadModule": "mod_tls.c"} | settings | {
            "TLSEngine": "on", "TLSRequired": "auth" if site.option("ccc", False) else "on",
            "TLSLog": site.folder / "run/tls.log", "TLSProtocol": "TLSv1.2 TLSv1.3",
            "TLSRSACertificateFile": site.certificate, "TLSRSACertificateKeyFile": site.both, "TLSVerifyClient": "off",
        } | ({"TLSOptions": " ".join(options)} if options else {})  # fmt: skip
    configuration = site.folder / "proftpd.conf"
    configuration.write_text(lines(settings))
    program = unpacked("proftpd-core/usr/sbin/proftpd")
    return [*site.identity(), program, "-n", "-q", "-c", configuration]


def pure_ftpd(site):
    """It has no passive range either: of 12 sessions with 200 ports, one transfer in a thousand would get 425."""
    command = [unpacked("pure-ftpd/usr/sbin/pure-ftpd"), "-S", f"127.0.0.1,{site.port}", "-4", "-E", "-H", "-l", "unix",
               "-u", "1", "-c", "50", "-C", "50", "-g", site.folder / "run/pid"]
    return command + (["--tls", "2", "-2", site.both] if site.tls == "explicit" else [])


def inetutils(site):
    program = unpacked("inetutils-ftpd/usr/sbin/ftpd")
    return [sys.executable, HERE / "inetd.py", "127.0.0.1", site.port, program, "-l"]


def pyftpdlib(site):
    """Options: pasv-address=10.1.2.3 (a 227 that lies), epsv=no, pasv=no (unknown commands). It keeps to a range where
    a test needs that: when two sessions take the same port, one of them dies."""
    passive_ports = [site.low, site.high] if site.needs_range else None
    specification = {"port": site.port, "passive_ports": passive_ports, "tls": site.tls, "home": str(site.home),
                     "certificate": str(site.both), "user": USER, "password": PASSWORD, "options": site.options}
    return [*site.identity(), sys.executable, HERE / "pyftpdlib_server.py", json.dumps(specification)]


def write_accounts(site, uid, gid, digest):
    """The files below /etc that servers read, for the one user, and ProFTPD's own."""
    etc = site.folder / "etc"
    (etc / "pam.d").mkdir(parents=True)
    account = f"{USER}:{{}}:{uid}:{gid}::{site.home}:/bin/bash\n"
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n"
                                + account.format("x"))
    (etc / "group").write_text(f"root:x:0:\nnogroup:x:65534:\n{USER}:x:{gid}:\n")
    (etc / "shadow").write_text(f"root:*:19000:0:99999:7:::\nnobody:*:19000:0:99999:7:::\n"
                                f"{USER}:{digest}:19000:0:99999:7:::\n")
    (etc / "shadow").chmod(0o600)
    for service in ("ftp", "pure-ftpd", "other"):
        (etc / "pam.d" / service).write_text("auth required pam_unix.so\naccount required pam_unix.so\n"
                                             "session required pam_permit.so\n")
    (site.folder / "run/passwd").write_text(account.format(digest))
    (site.folder / "run/group").write_text(f"{USER}:x:{gid}:\n")
    for name in ("passwd", "group"):
        os.chmod(site.folder / "run" / name, 0o600)
