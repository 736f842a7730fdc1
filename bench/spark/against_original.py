"""The whole job against the chain that it replaces (original_chain.py): 400 photos, ResNet50, from start to exit, in turns.

    python bench/spark/against_original.py [--rounds 2]

Ours is `fruits run --engine spark --master local[2]`. The original runs in an environment of its own with tensorflow-cpu, made once
in the tests' cache (2 GB).
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import session
import setting
from original_environment import original_python
from support.chain import unpack
from support.spark_settings import spark_environment

PHOTOS = 400


def seconds(command: list, environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    done = subprocess.run([str(word) for word in command], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed:\n{(done.stdout + done.stderr)[-4000:]}")
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    cache = setting.models_for_tests.cache_folder()
    photos = unpack(setting.archive(), cache / "photos-400", 55, PHOTOS)
    python = original_python()
    java = spark_environment()
    theirs = {**os.environ, **java, "PYSPARK_PYTHON": str(python), "PYSPARK_DRIVER_PYTHON": str(python), "TF_CPP_MIN_LOG_LEVEL": "3"}
    session.prepare()
    ours = {**os.environ, "FRUITS_MODELS": str(setting.store("resnet50")), "FRUITS_PYTHON": sys.executable}
    print(f"{setting.machine()}; {PHOTOS} photos, ResNet50", flush=True)
    taken: dict[str, list[float]] = {"original": [], "fruits": []}
    script = pathlib.Path(__file__).with_name("original_chain.py")
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder:
            taken["original"].append(seconds([python, script, photos, folder, PHOTOS], theirs))
            spark = ["--engine", "spark", "--master", f"local[{session.CORES}]", "--conf", "spark.ui.enabled=false"]
            command = [setting.FRUITS, "run", photos, "-o", f"{folder}/ours", "--model", "resnet50", *spark]
            taken["fruits"].append(seconds(command, ours))
            rows = [len(pathlib.Path(folder, name).read_text().splitlines()) for name in ("pca_result.csv", "ours/pca_result.csv")]
            assert rows == [PHOTOS + 1, PHOTOS + 1], rows
        print({name: round(values[-1], 1) for name, values in taken.items()}, flush=True)
    ratio = statistics.median(o / f for o, f in zip(taken["original"], taken["fruits"], strict=True))
    setting.number("the original chain, in times of the job's seconds", ratio, "")


main()
