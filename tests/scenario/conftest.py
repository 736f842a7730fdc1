"""The command on real photos: how scenario tests run it, and where their photos are."""

import dataclasses
import hashlib
import json
import os
import pathlib
import subprocess
import tarfile

import pytest


@dataclasses.dataclass
class Command:
    """`fruits` with a store, as a user has it."""

    binary: pathlib.Path
    store: pathlib.Path
    env: dict[str, str]

    def start(self, *arguments, **options) -> subprocess.Popen:
        return subprocess.Popen(
            [str(self.binary), *map(str, arguments)],
            env={**self.env, "FRUITS_MODELS": str(self.store)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def __call__(self, *arguments, exit_code: int = 0) -> subprocess.CompletedProcess:
        process = self.start(*arguments)
        out, err = process.communicate()
        assert process.returncode == exit_code, f"exit code {process.returncode}, expected {exit_code}:\n{err}"
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture(scope="session")
def fruits(fruits_command, fruits_env, model_store) -> Command:
    return Command(fruits_command, model_store, fruits_env)


def unpack(archive: pathlib.Path, folder: pathlib.Path, every: int, limit: int | None = None) -> pathlib.Path:
    """Every so-manieth photo of a tar, by name, unpacked once."""
    done = folder / ".complete"
    if not done.exists():
        with tarfile.open(archive) as tar:
            names = sorted(name for name in tar.getnames() if name.endswith(".jpg"))[::every][:limit]
            tar.extractall(folder, members=[tar.getmember(name) for name in names], filter="data")
        done.touch()
    return folder


@pytest.fixture(scope="session")
def photos(data_dir, cache_dir) -> pathlib.Path:
    """560 real photos of 131 kinds."""
    return unpack(data_dir / "fruits360/test.tar", cache_dir / "photos-every-41st", 41, 560)


@pytest.fixture(scope="session")
def few_photos(data_dir, cache_dir) -> pathlib.Path:
    """57 real photos of as many kinds as there are steps of 400."""
    return unpack(data_dir / "fruits360/test.tar", cache_dir / "photos-every-400th", 400, 60)


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_json(folder: pathlib.Path) -> dict:
    return json.loads((folder / "run.json").read_text())


@pytest.fixture(scope="session")
def cores() -> int:
    return len(os.sched_getaffinity(0))
