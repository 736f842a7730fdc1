"""The environment of the chain that Fruits replaces (original_chain.py), made once in the tests' cache: 2 GB."""

import pathlib
import sys

import setting
from support.kept import call, kept

PACKAGES = ["tensorflow-cpu==2.21.0"]  # and these, of the versions that the project uses
SHARED = ("pyspark==", "pyarrow==", "pandas==", "pillow==")


def original_python() -> pathlib.Path:
    lines = [line for name in ("requirements.txt", "requirements-dev.txt") for line in (setting.ROOT / name).read_text().splitlines()]
    packages = [*PACKAGES, *(line for line in lines if line.startswith(SHARED))]

    def make(work: pathlib.Path) -> None:
        call([sys.executable, "-m", "venv", "--copies", work])
        call([work / "bin/python", "-m", "pip", "install", "-q", *packages])

    return kept("original", "environment", " ".join(packages), make) / "bin/python"
