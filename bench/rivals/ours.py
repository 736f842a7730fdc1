"""Fruits in each scenario, as the rivals are run: a command and how its outcome is read."""

import json
import os
import pathlib
import sys
import tempfile

import measure
import models
import numpy as np
import pyarrow.parquet as pq
import setting

NAME = "fruits"
FIT = "fruits_fit"
PIXELS = setting.BUILD / "tests/tools/pixels/fruits_pixels"


def environment(model: str = "resnet50") -> dict[str, str]:
    return {**setting.models_for_tests.command_environment(), "FRUITS_MODELS": str(setting.store(model))}


def run(photos: pathlib.Path, output: pathlib.Path, count: int, precision: str) -> measure.Finished:
    """The whole process `fruits run`."""
    model = models.our_model(precision)
    command = [setting.FRUITS, "run", photos, "-o", output, "--model", model, "--progress", "none", "--limit", count]
    done = measure.process(command, environment(model))
    if not done.failure:
        record = json.loads((output / "run.json").read_text())
        done.line = {"photos": record["counts"]["photos"], "featurized": record["seconds"]["featurizing"], "stages": record["seconds"]}
    return done


def features(output: pathlib.Path) -> np.ndarray:
    """What a run left in features/, in order."""
    column = pq.read_table(sorted((output / "features").glob("part-*.parquet")), columns=["features"])["features"]
    rows = column.combine_chunks().drop_null()
    return rows.flatten().to_numpy().reshape(len(rows), -1)


def inference(count: int, precision: str) -> measure.Finished:
    """FeatureExtractor on slots that are filled."""
    model = models.our_model(precision)
    command = [setting.INFERENCE, "--model", setting.store(model) / model, "--mode", "extractor"]
    done = measure.process([*command, "--precision", precision, "--images", count], dict(os.environ))
    done.line = {"photos": done.line.get("images", 0), "seconds": done.line.get("seconds", 0.0)}
    return done


def decode_resize(photos: pathlib.Path, count: int) -> measure.Finished:
    """CPU seconds, of bytes in memory."""
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder:  # the program looks into one folder
        names = sorted(photos.rglob("*.jpg"))[:count]
        for index, photo in enumerate(names):
            (pathlib.Path(folder) / f"{index:06}.jpg").symlink_to(photo)
        done = measure.process([PIXELS, "--bench", 1, folder], dict(os.environ))
    if not done.failure:
        both = float(done.out.split()[-1])  # decode, resize, both: microseconds a photo
        done.line = {"photos": len(names), "seconds": both * len(names) / 1e6}
    return done


def statistics(features: pathlib.Path, output: pathlib.Path) -> measure.Finished:
    """Moments and Pca of the package."""
    program = setting.ROOT / "bench/stats/fruits_package.py"
    return measure.process([sys.executable, program, "--features", features, "--output", output], python_half())


def fit(features: pathlib.Path, output: pathlib.Path) -> measure.Finished:
    """The command `fruits fit`, reading and start included."""
    done = measure.process([setting.FRUITS, "fit", features, "-o", output, "--progress", "none"], environment())
    done.line = {"photos": pq.ParquetFile(features).metadata.num_rows, "seconds": done.seconds}
    return done


def python_half() -> dict[str, str]:
    """The environment of programs that import fruits."""
    path = os.pathsep.join([str(setting.BUILD / "python"), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path}

