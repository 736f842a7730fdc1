"""A certificate authority for the tests, and servers' certificates of it, by the openssl command.

    authority = Authority(tmp_path, "Fruits Test CA")
    certificate, key = authority.issue("server", "IP:127.0.0.1")
"""

import pathlib
import subprocess


class Authority:
    """`file` is what a client that trusts it is given."""

    def __init__(self, folder: pathlib.Path, name: str):
        self.folder = folder
        self.file, self._key = folder / f"{name}.pem", folder / f"{name}.key"
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 2,
                 "-subj", f"/CN={name}", "-keyout", self._key, "-out", self.file)  # fmt: skip

    def issue(self, name: str, alternative: str, days: int = 2) -> tuple[pathlib.Path, pathlib.Path]:
        """A server's certificate and key. `alternative`: "IP:127.0.0.1", "DNS:s3.example"; days below 0: it has expired."""
        request, key, certificate = (self.folder / f"{name}.{end}" for end in ("csr", "key", "pem"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                 "-keyout", key, "-out", request)  # fmt: skip
        _openssl("x509", "-req", "-in", request, "-CA", self.file, "-CAkey", self._key, "-CAcreateserial", "-days", days,
                 "-extfile", extensions, "-out", certificate)  # fmt: skip
        return certificate, key


def _openssl(*words) -> None:
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
