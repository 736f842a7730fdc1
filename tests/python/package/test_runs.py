"""fruits.run and its parts: the command's files, progress, errors, Ctrl-C."""

import os
import signal
import subprocess
import sys
import time

import fruits
import pytest


@pytest.fixture
def options(model_store) -> dict:
    return {"models": model_store, "input_size": 96, "components": 3}


def test_run_writes_what_the_command_writes(data_dir, options, fruits_command, fruits_env, tmp_path):
    events = []
    summary = fruits.run(data_dir / "golden/photos", tmp_path / "ours", on_progress=events.append, **options)
    assert summary.counts["features"] == 30 and summary.counts["labels"] == 2 and not summary.too_many_rejected
    assert [e["phase"] for e in events][:1] == ["listing"] and events[-1]["phase"] == "done"
    command = [fruits_command, "run", data_dir / "golden/photos", "-o", tmp_path / "theirs", "--models", options["models"]]
    command += ["--input-size", "96", "--components", "3"]
    subprocess.run([str(c) for c in command], env=fruits_env, check=True, capture_output=True)
    for name in ("pca_result.csv", "pca_result.parquet", "scree.svg", "projection.svg", "fitted/tensors.safetensors"):
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes(), name


def test_the_parts_are_the_whole(data_dir, options, tmp_path):
    model = {name: options[name] for name in ("models", "input_size")}
    fruits.run([data_dir / "golden/photos"], tmp_path / "whole", **options)
    fruits.extract([data_dir / "golden/photos"], tmp_path / "features", glob=["*.jpg", "*.png"], **model)
    fruits.fit(tmp_path / "features", tmp_path / "fit", components=3)
    fruits.project(tmp_path / "features", tmp_path / "scores", fitted=tmp_path / "fit")
    assert (tmp_path / "scores/pca_result.csv").read_bytes() == (tmp_path / "whole/pca_result.csv").read_bytes()


def test_errors(data_dir, options, tmp_path):
    with pytest.raises(ValueError, match="run has no option 'colour'"):
        fruits.run("photos", tmp_path, colour=1)
    with pytest.raises(ValueError, match="fit has no option 'label'"):
        fruits.fit("features", tmp_path, label="none")
    with pytest.raises(ValueError, match="--components"):
        fruits.run(data_dir / "golden/photos", tmp_path / "out", **{**options, "components": 31})
    with pytest.raises(FileNotFoundError, match="nowhere"):
        fruits.run(tmp_path / "nowhere", tmp_path / "out", **options)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign/thesis.txt").write_text("mine")
    with pytest.raises(fruits.Error) as raised:
        fruits.run(data_dir / "golden/photos", tmp_path / "foreign", **options)
    assert raised.value.code == "failed precondition"


def test_what_on_progress_raises_ends_the_run(data_dir, options, tmp_path):
    def refuse(event):
        raise RuntimeError(f"no more after {event['phase']}")

    with pytest.raises(RuntimeError, match="no more after listing"):
        fruits.run(data_dir / "golden/photos", tmp_path / "out", on_progress=refuse, **options)
    assert fruits.run(data_dir / "golden/photos", tmp_path / "out", **options).counts["features"] == 30


@pytest.mark.parametrize("call", ["run", "transform"])
def test_control_c_ends_a_call(call, data_dir, options, tmp_path):
    script = f"""
import fruits, pathlib, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
photos = sorted(pathlib.Path({str(data_dir / "golden/photos")!r}).rglob("*.jpg"))
extractor = fruits.FeatureExtractor(models={str(options["models"])!r})
extractor.transform(photos[:1])
print("ready", flush=True)
try:
    if {call!r} == "run":
        fruits.run([str(p) for p in photos] , {str(tmp_path / "out")!r}, models={str(options["models"])!r}, components=3,
                   on_progress=lambda e: e["phase"] == "featurizing" and e["done"] and print("busy", flush=True))
    else:
        print("busy", flush=True)
        extractor.transform(photos * 400)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=_environment())
    while process.stdout.readline() != "busy\n":
        assert process.poll() is None
    begin = time.monotonic()
    process.send_signal(signal.SIGINT)
    assert process.stdout.read().splitlines()[-1] == "interrupted"
    assert process.wait() == 0
    assert time.monotonic() - begin < 10


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
