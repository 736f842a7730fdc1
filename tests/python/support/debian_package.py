"""Programs of Debian packages, unpacked into the tests' cache and not installed.

    promtool = program("prometheus", "usr/bin/promtool")
"""

import pathlib

from support.kept import call, kept


def program(package: str, path: str) -> pathlib.Path:
    """RuntimeError, with apt's words, where the package cannot be had."""

    def unpack(work: pathlib.Path) -> None:
        try:
            call(["apt-get", "-qq", "download", package], cwd=work)
        except RuntimeError:  # lists that are missing or old
            call(["apt-get", "-qq", "update"])
            call(["apt-get", "-qq", "download", package], cwd=work)
        (archive,) = work.glob("*.deb")
        call(["dpkg-deb", "-x", archive, work])
        archive.unlink()

    return kept("debian", package, package, unpack) / path
