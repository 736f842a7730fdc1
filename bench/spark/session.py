"""A Spark on this machine's two cores, as the benchmarks of Spark use it."""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

import setting
from support.spark_settings import spark_environment

CORES = 2


def prepare() -> None:
    """This process's and its workers' environment: the development build's package, and Java."""
    package = str(setting.BUILD / "python")
    sys.path.insert(0, package)
    os.environ.update(spark_environment())
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [package, os.environ.get("PYTHONPATH")]))


def start(memory: str = "4g", conf: dict[str, str] | None = None):
    from pyspark.sql import SparkSession

    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.memory": memory,
        "spark.driver.maxResultSize": "1g",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{CORES}]")
    for name, value in {**settings, **(conf or {})}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark
