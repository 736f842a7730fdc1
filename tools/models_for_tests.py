"""A store of real models for the tests, outside the tree and kept between runs."""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

from source_files import ROOT

# As fruits.models has it, for tests and benchmarks that import openvino or nncf themselves: nobody is told.
sys.modules.setdefault("openvino_telemetry", None)


def data_folder() -> pathlib.Path | None:
    """Real photos, golden numbers and weights: $FRUITS_TEST_DATA, else ../shared beside the source tree, if it is there."""
    folder = pathlib.Path(os.environ.get("FRUITS_TEST_DATA") or ROOT.parent / "shared")
    return folder.resolve() if (folder / "fruits360").is_dir() else None


def cache_folder() -> pathlib.Path:
    """$FRUITS_CACHE, else ~/.cache/fruits-tests."""
    folder = pathlib.Path(os.environ.get("FRUITS_CACHE") or pathlib.Path.home() / ".cache/fruits-tests").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def command_environment() -> dict[str, str]:
    """An environment in which the binary of a build tree finds its Python half."""
    path = os.pathsep.join(filter(None, [str(ROOT / "build/dev/python"), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "FRUITS_PYTHON": sys.executable, "PYTHONPATH": path}


def model_store() -> pathlib.Path:
    """Where the tests' models are. Named after the importer's sources, so a changed importer fills a new one."""
    digest = hashlib.sha256()
    for source in sorted((ROOT / "python/fruits/models").rglob("*.py")):
        digest.update(source.read_bytes())
    return cache_folder() / "models" / digest.hexdigest()[:16]


def ensure_model(name: str) -> pathlib.Path:
    """Imports efficientnet-lite0 (from its wheel) or resnet50 (from the data folder) unless it is there; the store."""
    store = model_store()
    store.mkdir(parents=True, exist_ok=True)
    with open(store / ".lock", "w") as lock:  # two test runs at once import once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (store / name / "bundle.json").exists():
            return store
        command = [sys.executable, "-m", "fruits.cli", "models", "import", name]
        if name == "resnet50":
            command.append(str(_resnet50_weights()))
        command += ["--models", str(store)]
        done = subprocess.run(command, env=command_environment(), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    return store


def _resnet50_weights() -> pathlib.Path:
    data = data_folder()
    if data is None:
        raise RuntimeError("resnet50's weights come from the test data: set FRUITS_TEST_DATA to its folder")
    found = sorted((data / "models/resnet50-imagenet").glob("*.npz"))
    if len(found) != 1:
        raise RuntimeError(f"{data / 'models/resnet50-imagenet'} has {len(found)} .npz files, expected 1")
    return found[0]
