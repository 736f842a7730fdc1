"""Both stages by Spark Connect: a client of a local server, in a process of its own."""

import importlib.util
import json
import os
import pathlib
import signal
import subprocess
import sys

import fruits
import pytest
from support.compare import within
from support.spark_stages import spark_environment

TIMEOUT_S = 900  # of a machine with other work; alone it takes half a minute


def test_both_stages(build_dir, photo_paths, settings, expected, tmp_path):
    if importlib.util.find_spec("grpc") is None:
        pytest.skip("grpcio is not there: Connect needs it")
    path = os.pathsep.join([str(build_dir / "python"), str(pathlib.Path(__file__).parents[2] / "python")])
    job = pathlib.Path(__file__).with_name("connect_job.py")
    given = json.dumps([photo_paths, settings, str(tmp_path), str(tmp_path / "notes")])
    client = subprocess.Popen(
        [sys.executable, str(job), given],
        env={**os.environ, **spark_environment(build_dir), "PYTHONPATH": path, "NO_PROXY": "127.0.0.1,localhost"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    try:
        out, err = client.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(client.pid, signal.SIGKILL)  # the server is the client's child
        raise
    assert client.returncode == 0, err[-3000:]
    found = json.loads(out.splitlines()[-1])
    assert "connect" in found["connect"]
    assert found["features"] == expected
    assert (found["errors"], found["counted"], found["same"], found["input_size"]) == ([], 10, True, 96)
    rows = [found["features"][name] for name in sorted(found["features"])]
    fit = fruits.Pca.load(tmp_path / "model")
    within(fit.eigenvalues_[:5], fruits.Pca(components=2).fit(rows).eigenvalues_[:5], 1e-10, "eigenvalues")
