"""fruits.spark.run() from a session of one's own."""

import threading

import fruits
import fruits.spark
import pytest
from fruits.spark import _failure, _reporting
from support.spark_job import assert_same_results

OPTIONS = {"input_size": 32, "components": 3}


def test_the_files_of_one_machine(spark, photo_dir, model_store, tmp_path):
    told = []
    one = fruits.run(photo_dir, tmp_path / "one", models=model_store, **OPTIONS)
    done = fruits.spark.run(spark, photo_dir, tmp_path / "out", models=model_store, on_progress=told.append, **OPTIONS)
    assert_same_results(tmp_path / "out", tmp_path / "one")
    assert done.counts == one.counts and done.use["core_hours"] > 0
    assert [event["phase"] for event in told][-1] == "done"
    again = fruits.spark.run(spark, [photo_dir], tmp_path / "out", models=model_store, **OPTIONS)
    assert again.counts["kept"] == one.counts["photos"]


def test_what_is_raised_ends_the_spark_job(spark, photo_dir, model_store, tmp_path, monkeypatch):
    """Raised so early that Spark may not have the job yet."""
    monkeypatch.setattr(_reporting, "_EVERY", 0.001)
    tracker = spark.sparkContext.statusTracker()
    spark.range(1).collect()
    last = max(tracker.getJobIdsForGroup(None))

    def refuse(event):
        if threading.current_thread().name == "fruits progress":
            raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        fruits.spark.run(spark, photo_dir, tmp_path / "out", models=model_store, on_progress=refuse, **OPTIONS)
    jobs = [tracker.getJobInfo(last + i) for i in range(1, 5)]
    assert [job.status for job in jobs if job] == ["FAILED"]
    assert not (tmp_path / "out/run.json").exists()


def test_an_unknown_option(spark, photo_dir, tmp_path):
    with pytest.raises(ValueError, match="run has no option 'speed'"):
        fruits.spark.run(spark, photo_dir, tmp_path, speed="high")


def test_a_workers_error_is_its_last_line(spark):
    def fail(batches):
        raise OSError("a disk is full")

    with pytest.raises(Exception) as caught:
        spark.range(1).mapInArrow(fail, "id bigint").collect()
    assert _failure.line(caught.value) == "a disk is full"
