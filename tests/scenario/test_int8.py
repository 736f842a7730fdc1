"""int8 bundles: the same bytes for any threads and batch size, and refused where they could saturate."""

import json
import shutil
import signal

import numpy as np
import pytest

from support.chain import column, digest, run_json
from support.int8_model import ensure_int8


@pytest.fixture(scope="module")
def model(fruits, few_photos):
    return ensure_int8(fruits.store, "efficientnet-lite0", sorted(few_photos.rglob("*.jpg"))[::3])


@pytest.fixture(scope="module")
def cpu():
    """The CPU's flags, as one text."""
    with open("/proc/cpuinfo") as info:
        return info.read()


@pytest.fixture(scope="module")
def force(cpu):
    return () if "vnni" in cpu else ("--force",)


@pytest.fixture(scope="module")
def reference(fruits, photos, model, force, tmp_path_factory):
    out = tmp_path_factory.mktemp("int8") / "out"
    fruits("run", photos, "-o", out, "--model", model, *force)
    return out


@pytest.mark.parametrize("flags", [("--threads", 1), ("--threads", 3, "--batch-size", 5), ("--batch-size", 16)])
def test_threads_and_batches(fruits, photos, model, force, reference, tmp_path, flags):
    fruits("run", photos, "-o", tmp_path / "out", "--model", model, *flags, *force)
    assert digest(tmp_path / "out/pca_result.csv") == digest(reference / "pca_result.csv")


def test_an_interrupted_run(fruits, photos, model, force, reference, tmp_path):
    process = fruits.start("run", photos, "-o", tmp_path / "out", "--model", model, "--progress", "json", "--threads", 1, *force)
    for line in process.stderr:
        event = json.loads(line)
        if event["phase"] == "featurizing" and event["done"] > 0:
            break
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL and not (tmp_path / "out/run.json").exists()
    fruits("run", photos, "-o", tmp_path / "out", "--model", model, *force)
    assert digest(tmp_path / "out/pca_result.csv") == digest(reference / "pca_result.csv")


def test_features_are_near_those_of_f32(fruits, photos, reference, tmp_path):
    assert run_json(reference)["fingerprint"]["fields"]["precision"] == "int8"
    fruits("extract", photos, "-o", tmp_path / "f32")
    a, b = column(reference / "features", "features"), column(tmp_path / "f32/features", "features")
    cosine = np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert 0.9 < cosine.mean() < 0.99999


def test_int8_asked_where_there_is_none_is_refused(fruits, few_photos, tmp_path):
    store = tmp_path / "store"
    shutil.copytree(fruits.store / "efficientnet-lite0", store / "efficientnet-lite0")
    done = fruits("run", few_photos, "-o", tmp_path / "out", "--precision", "int8", "--models", store, exit_code=1)
    assert "efficientnet-lite0-int8" in done.stderr


def test_bf16_runs_when_asked_for_and_where_the_cpu_can(fruits, cpu, few_photos, tmp_path):
    if "avx512f" not in cpu:
        done = fruits("run", few_photos, "-o", tmp_path / "out", "--precision", "bf16", exit_code=1)
        assert "precision bf16: this CPU would compute in f32" in done.stderr
        return
    fruits("run", few_photos, "-o", tmp_path / "out", "--precision", "bf16", "--limit", 16)
    assert run_json(tmp_path / "out")["fingerprint"]["fields"]["precision"] == "bf16"
