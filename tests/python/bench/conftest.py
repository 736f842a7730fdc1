"""The folders whose modules the benchmarks import by name."""

import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def bench_path():
    folders = [str(ROOT / folder) for folder in ("bench/rivals", "bench/end_to_end", "bench/rivals/programs")]
    sys.path[:0] = folders
    yield
    for folder in folders:
        sys.path.remove(folder)
