"""The int8 models of the benchmarks: made by `fruits models quantize` of training photos, as a user would make them.

    store = int8_store(base_store, "resnet50", fruits, training_photos)   # has resnet50 and resnet50-int8

One for speed, accuracy and profile, so that their figures are of the same model. It is kept in the tests' cache until something changes
that it depends on. (Tests have a quicker one of their own, support/int8_model.py.)
"""

import functools
import hashlib
import importlib.metadata
import pathlib
import shutil

from models_for_tests import ROOT, command_environment
from support.kept import call, kept

SOURCES = ROOT / "python/fruits/models"


def key(base: pathlib.Path, training: pathlib.Path, cpuinfo: str, sources: pathlib.Path = SOURCES) -> str:
    """Of the code that quantizes, what it quantizes and on what, and of the CPU's VNNI, without which weights have 7 bits."""
    digest = hashlib.sha256()
    for source in sorted(sources.rglob("*.py")):
        digest.update(f"{source.relative_to(sources)} {hashlib.sha256(source.read_bytes()).hexdigest()}\n".encode())
    digest.update((base / "bundle.json").read_bytes())
    digest.update("\n".join(sorted(str(photo.relative_to(training)) for photo in training.rglob("*.jpg"))).encode())
    versions = [f"{package} {importlib.metadata.version(package)}" for package in ("nncf", "openvino")]
    return f"{digest.hexdigest()} {versions} {'vnni' in cpuinfo}"


@functools.cache
def int8_store(store: pathlib.Path, name: str, fruits: pathlib.Path, training: pathlib.Path) -> pathlib.Path:
    """A store with `name` of `store` and its int8. RuntimeError with the command's last words where it cannot be made."""

    def make(work: pathlib.Path) -> None:
        shutil.copytree(store / name, work / name)
        command = [fruits, "models", "quantize", name, "--calibration", training, "--models", work]
        call(command, env=command_environment())

    return kept("int8", name, key(store / name, training, pathlib.Path("/proc/cpuinfo").read_text()), make)
