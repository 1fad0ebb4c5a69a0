"""Certificates for the tests, made by the openssl tool; each lives for two days."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from peers import require
from support.programs import pin_of

P256 = ("ec", "-pkeyopt", "ec_paramgen_curve:P-256")


@dataclass(frozen=True)
class Pair:
    """A certificate with its key, as PEM files."""

    certificate: Path
    key: Path

    @property
    def pin(self) -> str:
        return pin_of(self.certificate)

    @property
    def conf(self) -> str:
        """The lines that make it the daemon's certificate."""
        return f"[tls]\ncertificate = {self.certificate}\nkey = {self.key}\n"

    @property
    def settings(self) -> dict:
        """The same for stunnel, and for an entry of sallyport's list but for the first name."""
        return {"cert": self.certificate, "key": self.key}


def _make(folder: Path, name: str, *options, key=P256, digest="sha256") -> Pair:
    pair = Pair(folder / f"{name}.crt", folder / f"{name}.key")
    subprocess.run([require("openssl"), "req", "-x509", "-newkey", *key, "-nodes", "-keyout", pair.key, "-out",
                    pair.certificate, "-subj", f"/CN={name}", "-days", "2", f"-{digest}", *options],
                   check=True, capture_output=True)
    pair.key.chmod(0o600)
    return pair


def self_signed(folder: Path, name="alone", **how) -> Pair:
    return _make(folder, name, "-addext", "subjectAltName=IP:127.0.0.1", **how)


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path, name="authority"):
        self._folder = folder
        self._pair = _make(folder, name)
        self.certificate = self._pair.certificate

    def issue(self, name: str, alternative="DNS:host.test,IP:127.0.0.1,IP:192.168.0.3", **how) -> Pair:
        return _make(self._folder, name, "-addext", f"subjectAltName={alternative}",
                     "-addext", "basicConstraints=critical,CA:FALSE",
                     "-CA", self._pair.certificate, "-CAkey", self._pair.key, **how)
