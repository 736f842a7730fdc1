"""Both stages and the job on the oldest Spark that is supported."""

import os
import pathlib
import shutil
import sys

import pytest

from support.kept import call, kept
from support.spark_job import SMALL, JobCommand, assert_same_results
from support.spark_settings import spark_environment
from support.spark_stages import assert_stages, run_stages

PACKAGES = ("pyspark==3.5.9", "py4j==0.10.9.7")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def packages() -> pathlib.Path:
    """A folder with nothing but that Spark, for PYTHONPATH."""

    def make(work: pathlib.Path) -> None:
        call([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", work, *PACKAGES])

    return kept("spark", "3.5", " ".join(PACKAGES), make)


def test_both_stages(packages, build_dir, photo_paths, settings, expected, tmp_path):
    found = run_stages("master", build_dir, photo_paths, settings, tmp_path, packages)
    assert found["version"].startswith("3.5.")
    assert_stages(found, expected, tmp_path)


def test_the_job(packages, fruits_command, fruits_env, model_store, data_dir, tmp_path):
    photos = tmp_path / "photos"
    shutil.copytree(data_dir / "golden/photos", photos)
    run = JobCommand(fruits_command, dict(fruits_env), model_store)
    run("run", photos, "-o", tmp_path / "one", *SMALL)
    path = os.pathsep.join([str(packages), fruits_env["PYTHONPATH"]])
    env = {**spark_environment(), "PYTHONPATH": path, "SPARK_HOME": str(packages / "pyspark")}
    words = ["--engine", "spark", "--master", "local[2]", "--conf", "spark.ui.enabled=false"]
    run("run", photos, "-o", tmp_path / "out", *SMALL, *words, env=env)
    assert_same_results(tmp_path / "out", tmp_path / "one")
