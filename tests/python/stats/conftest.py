import hashlib
import json
import subprocess
from types import SimpleNamespace

import pytest
from threadpoolctl import threadpool_limits

from support import safetensors_files


@pytest.fixture(autouse=True)
def one_thread():
    """Small matrices: a second thread of numpy's only waits for the first on a busy machine."""
    with threadpool_limits(limits=1):
        yield


@pytest.fixture
def probe(tmp_path, build_dir):
    """probe(rows, *options): what fruits_stats_probe fits to rows, read from its files with numpy alone."""
    program = build_dir / "tests/tools/stats/fruits_stats_probe"
    assert program.exists(), f"{program} is missing: build the target fruits_stats_probe"
    runs = 0

    def run(rows, *options, fails=False):
        nonlocal runs
        runs += 1
        source, out = tmp_path / f"rows{runs}.safetensors", tmp_path / f"fitted{runs}"
        safetensors_files.write(source, {"rows": rows})
        command = [program, source, out, *map(str, options)]
        done = subprocess.run(command, capture_output=True, text=True)
        if fails:
            assert done.returncode == 1, "it was to be refused"
            return done.stderr
        assert done.returncode == 0, done.stderr
        metadata = json.loads((out / "metadata.json").read_text())
        file = out / metadata["tensors"]["file"]
        assert hashlib.sha256(file.read_bytes()).hexdigest() == metadata["tensors"]["sha256"]
        return SimpleNamespace(
            metadata=metadata,
            files={path.name: path.read_bytes() for path in out.iterdir()},
            **safetensors_files.read(file),
            **safetensors_files.read(out / "projected.safetensors"),
        )

    return run
