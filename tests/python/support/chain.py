"""The `fruits` command as tests run it, and what they read of its results."""

import csv
import dataclasses
import hashlib
import json
import pathlib
import subprocess
import tarfile

import numpy as np
import pyarrow.parquet as pq


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


def unpack(archive: pathlib.Path, folder: pathlib.Path, every: int, limit: int | None = None) -> pathlib.Path:
    """Every so-manieth photo of a tar, by name, unpacked once."""
    done = folder / ".complete"
    if not done.exists():
        with tarfile.open(archive) as tar:
            names = sorted((name for name in tar.getnames() if name.endswith(".jpg")), key=str.encode)[::every][:limit]
            for name in names:
                photo = folder / name
                photo.parent.mkdir(parents=True, exist_ok=True)
                photo.write_bytes(tar.extractfile(name).read())
        done.touch()
    return folder


def digest(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def run_json(folder: pathlib.Path) -> dict:
    return json.loads((folder / "run.json").read_text())


def parts(folder: pathlib.Path, kind: str = "features") -> list[pathlib.Path]:
    """The files of a results folder's parts, in order."""
    return sorted((folder / kind).glob("part-*.parquet"))


def column(path: pathlib.Path, name: str) -> np.ndarray:
    """A list column of a Parquet file, or of all parts of a folder in order, as a matrix."""
    files = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    return np.array([row for file in files for row in pq.read_table(file, columns=[name])[name].to_pylist()])


def rows_of(out: pathlib.Path, table: str = "pca_result.csv") -> list[dict]:
    return list(csv.DictReader((out / table).open(newline="", encoding="utf-8")))


def rejected_of(out: pathlib.Path) -> list[dict]:
    return rows_of(out, "rejected.csv")


def contents(folder: pathlib.Path) -> dict[str, bytes]:
    """Of each file below, by its name."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
