"""Folders of the tests' cache that are filled once, by whichever test run comes first.

    folder = kept("hadoop", "libhdfs", of="pydoop==2.0.0", make=build_it)
"""

import fcntl
import hashlib
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable

import models_for_tests


def call(command: list, **options) -> None:
    """Runs a tool to its end; RuntimeError with its last words where it fails."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{(done.stdout + done.stderr)[-4000:]}")


def kept(shelf: str, name: str, of: str, make: Callable[[pathlib.Path], None]) -> pathlib.Path:
    """The folder that `make` filled; another `of` makes a new one."""
    cache = models_for_tests.cache_folder() / shelf
    cache.mkdir(exist_ok=True)
    folder = cache / f"{name}-{hashlib.sha256(of.encode()).hexdigest()[:16]}"
    with open(cache / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            work = pathlib.Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
            try:
                make(work)
                work.rename(folder)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    return folder
