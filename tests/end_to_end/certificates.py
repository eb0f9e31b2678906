"""An authority of the tests' own, and certificates by it, made with openssl."""

import os
import pathlib
import subprocess


class Authority:
    def __init__(self, folder: pathlib.Path):
        self.folder, self.file = folder, folder / "authority.pem"
        self._make("authority", "-days", "2", "-addext", "keyUsage=critical,keyCertSign")

    def _make(self, name: str, *options: str):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-subj", f"/CN={name}", "-keyout", self.folder / f"{name}.key",
                        "-out", self.folder / f"{name}.pem", *options], check=True, capture_output=True, timeout=60)

    def sign(self, name: str = "server", days: int = 2) -> dict:
        """Settings of "http" for a certificate of 127.0.0.1; the files of that name are replaced."""
        made = f"{name}.made"
        self._make(made, "-days", str(days), "-CA", str(self.file), "-CAkey", str(self.folder / "authority.key"),
                   "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
                   "-addext", "basicConstraints=critical,CA:FALSE")
        for kind in ("pem", "key"):
            os.replace(self.folder / f"{made}.{kind}", self.folder / f"{name}.{kind}")
        return {"certificate_file": str(self.folder / f"{name}.pem"), "key_file": str(self.folder / f"{name}.key")}

    def trust(self, test):
        """Whatever the test starts, and the test itself, trusts this authority alone."""
        before = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = str(self.file)
        test.addCleanup(lambda: os.environ.pop("SSL_CERT_FILE") if before is None
                        else os.environ.update(SSL_CERT_FILE=before))
