"""A failed job in one line."""

import types

import pytest
from fruits.spark._failure import line
from py4j.protocol import Py4JNetworkError
from support.spark_settings import spark_environment

STAGE = """org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 4 times, most recent failure: \
Lost task 0.3 in stage 0.0 (TID 3) (10.0.0.7 executor 1): org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/usr/lib/python3.11/site-packages/fruits/spark/distribution.py", line 96, in _worker
    return _workers[key]
fruits.Error: model 'resnet50' is not in the store /models

\tat org.apache.spark.api.python.BasePythonRunner.compute(PythonRunner.scala:1)
"""
LOST = """org.apache.spark.SparkException: Job aborted due to stage failure: ExecutorLostFailure (executor 1 exited)
Driver stacktrace:
\tat org.apache.spark.scheduler.DAGScheduler.failJobAndIndependentStages(DAGScheduler.scala:1)
"""


def of_java(text):
    error = RuntimeError("An error occurred while calling o1.collect.\n\tat java.base/x")
    error.java_exception = types.SimpleNamespace(toString=lambda: text)
    return error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (of_java(STAGE), "model 'resnet50' is not in the store /models"),
        (RuntimeError(STAGE), "model 'resnet50' is not in the store /models"),
        (of_java(LOST), LOST.splitlines()[0]),
        (RuntimeError("executors computed 1 of 2 groups of photos"), "executors computed 1 of 2 groups of photos"),
        (OSError("\n  a disk is full\n"), "a disk is full"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_one_line(error, said):
    assert line(error) == said


def test_of_a_jvm_that_is_gone():
    def gone():
        raise Py4JNetworkError("no answer")

    error = RuntimeError()
    error.java_exception, error.errmsg = types.SimpleNamespace(toString=gone), "An error occurred while calling o1.collect"
    assert line(error) == "An error occurred while calling o1.collect"


def test_what_spark_refuses(command_line, photos, fruits_env, tmp_path):
    words = ["run", photos, "-o", tmp_path / "out", "--engine", "spark", "--master", "local[none]"]
    done = command_line(*words, env={**fruits_env, **spark_environment()}, check=1)
    assert "fruits: org.apache.spark.SparkException: " in done.stdout and "local[none]" in done.stdout
    assert "Traceback" not in done.stdout
