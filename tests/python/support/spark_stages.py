"""What the tests of Spark's stages share: the settings of a small session, and how to look at frames."""

import os
import pathlib
import sys

import numpy as np


def spark_environment(build_dir: pathlib.Path) -> dict[str, str]:
    """What the workers need to find the package and this interpreter."""
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(build_dir / "python"), os.environ.get("PYTHONPATH")])),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
    }


def session(builder):
    """The builder's session in small; failing tasks are part of the tests, so Spark says nothing of them."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.log.level": "ERROR",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def key(path: str) -> str:
    """A photo's name with its folder's, however Spark spells the rest."""
    return "/".join(path.split("/")[-2:])


def matrix(frame, column: str) -> np.ndarray:
    """A column's rows that are not null, by `row`."""
    rows = frame.where(f"{column} is not null").select("row", column).orderBy("row").collect()
    return np.array([list(row[column]) for row in rows])
