"""The environments of the rivals: each made once in the tests' cache, of the exact packages that environments/NAME.txt lists.

    python = python_of("torch")

A first line `# on: OTHER` puts an environment on top of another one, whose packages it sees: torch alone is 4 GB. Every package that is
needed stands in the lists, so pip chooses nothing itself. "original" is the environment of the chain that Fruits replaces, and
"project" is the one that runs the benchmarks.
"""

import hashlib
import pathlib
import re
import sys

import setting
from support.kept import call, kept

LISTS = pathlib.Path(__file__).with_name("environments")
SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"


def base_of(requirements: str) -> str | None:
    found = re.match(r"# on: (\w+)\n", requirements)
    return found[1] if found else None


def environment(name: str) -> pathlib.Path:
    """Its folder. RuntimeError with pip's last words where it cannot be made."""
    path = LISTS / f"{name}.txt"
    requirements = path.read_text()
    base = base_of(requirements)
    below = environment(base) if base else None

    def make(work: pathlib.Path) -> None:
        print(f"# making the environment {name}", file=sys.stderr, flush=True)
        call([sys.executable, "-m", "venv", "--copies", "--without-pip", work])
        pip = [sys.executable, "-m", "pip", "--python", work / "bin/python", "install", "-q", "--no-cache-dir"]
        call([*pip, "--no-deps", "--only-binary", ":all:", "-r", path])
        if below:
            (work / SITE / "below.pth").write_text(f"import site; site.addsitedir({str(below / SITE)!r})\n")

    of = hashlib.sha256(f"{requirements}{below}{sys.version}".encode()).hexdigest()
    return kept("rivals", name, of, make)


def python_of(name: str) -> pathlib.Path:
    if name == "project":
        return pathlib.Path(sys.executable)
    if name == "original":
        sys.path.append(str(setting.ROOT / "bench/spark"))
        from original_environment import original_python

        return original_python()
    return environment(name) / "bin/python"
