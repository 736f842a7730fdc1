"""Both stages by Spark Connect: a client of a local server, in a process of its own."""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import fruits
import pytest
from support.compare import within
from support.spark_stages import spark_environment


def test_both_stages(build_dir, photo_paths, settings, expected, tmp_path):
    if importlib.util.find_spec("grpc") is None:
        pytest.skip("grpcio is not there: Connect needs it")
    path = os.pathsep.join([str(build_dir / "python"), str(pathlib.Path(__file__).parents[2] / "python")])
    job = pathlib.Path(__file__).with_name("connect_job.py")
    given = json.dumps([photo_paths, settings, str(tmp_path), str(tmp_path / "notes")])
    done = subprocess.run(
        [sys.executable, str(job), given],
        env={**os.environ, **spark_environment(build_dir), "PYTHONPATH": path, "NO_PROXY": "127.0.0.1,localhost"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert "connect" in found["connect"]
    assert found["features"] == expected
    assert (found["errors"], found["counted"], found["same"], found["input_size"]) == ([], 10, True, 96)
    rows = [found["features"][name] for name in sorted(found["features"])]
    fit = fruits.Pca.load(tmp_path / "model")
    within(fit.eigenvalues_[:5], fruits.Pca(components=2).fit(rows).eigenvalues_[:5], 1e-10, "eigenvalues")
