"""`fruits run --engine spark`: the files of one machine, from each kind of cluster; what fails, and what goes on."""

import dataclasses
import json
import shutil

import pytest

from support.hadoop import Hdfs
from support.spark_job import SMALL, assert_same_results
from support.spark_submit import spark_submit


def test_local_cores(local_spark, command_line, photos, one_machine, tmp_path):
    done = command_line("run", photos, "-o", tmp_path / "out", *SMALL, cluster=local_spark)
    assert done.stdout.splitlines()[-1] == f"file://{tmp_path}/out"
    assert "301 photos: 300 feature rows, 1 rejected" in done.stdout  # spark-submit lets a driver have one stream
    assert_same_results(tmp_path / "out", one_machine)
    again = command_line("run", photos, "-o", tmp_path / "out", *SMALL, cluster=local_spark)
    counts = json.loads((tmp_path / "out/run.json").read_text())["counts"]
    assert (counts["kept"], counts["computed"]) == (301, 0), again.stderr


@pytest.mark.parametrize("manager", ["standalone", pytest.param("yarn", marks=pytest.mark.slow)])
def test_executors(manager, request, command_line, photos, one_machine, tmp_path):
    cluster = request.getfixturevalue(manager)
    command_line("run", photos, "-o", tmp_path / "out", *SMALL, cluster=cluster)
    assert_same_results(tmp_path / "out", one_machine)


def test_the_driver_chooses_the_precision_for_all(standalone, command_line, photos, int8_store, tmp_path):
    """The int8 model travels with the job: executors have no store."""
    with_int8 = dataclasses.replace(command_line, store=int8_store)
    done = with_int8("run", photos, "-o", tmp_path / "out", "--precision", "auto", *SMALL, cluster=standalone)
    assert "precision int8, chosen: efficientnet-lite0-int8: cosine 0.9900 to f32" in done.stdout
    with_int8("run", photos, "-o", tmp_path / "one", "--precision", "auto", *SMALL)
    assert_same_results(tmp_path / "out", tmp_path / "one")
    record, one = (json.loads((tmp_path / name / "run.json").read_text()) for name in ("out", "one"))
    assert record["model"] == one["model"] and record["model"]["precision"] == "int8"
    assert "cosine 0.9900" in record["model"]["precision_reason"]
    asked = {name: record["options"][name] for name in ("model", "precision")}
    assert asked == {"model": "efficientnet-lite0", "precision": "auto"}


def test_progress_while_executors_work(local_spark, command_line, photos, many_photos, tmp_path):
    """Of a run that has 301 photos already: 2,000 more take any machine seconds."""
    options = ("-o", tmp_path / "out", "--components", "3", "--max-rejected", "5%")
    command_line("run", photos, *options)
    done = command_line("run", photos, many_photos, *options, "--progress", "json", cluster=local_spark)
    events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"phase"')]
    featurizing = [event for event in events if event["phase"] == "featurizing"]
    assert [event["done"] for event in featurizing if 301 < event["done"] < 2301]
    for name in ("done", "seconds"):
        values = [event[name] for event in featurizing]
        assert values == sorted(values), name
    assert featurizing[0]["done"] == 301 and {event["total"] for event in featurizing} <= {0, 2301}


@pytest.mark.slow
@pytest.mark.parametrize("manager", ["local_spark", "standalone", "yarn"])
def test_two_thousand_photos(manager, request, command_line, many_photos, one_machine_many, tmp_path):
    command_line("run", many_photos, "-o", tmp_path / "out", cluster=request.getfixturevalue(manager))
    assert_same_results(tmp_path / "out", one_machine_many)


@pytest.mark.slow
def test_driver_inside_yarn(yarn, command_line, photos, one_machine, tmp_path, fruits_env):
    conf = {"spark.yarn.appMasterEnv.PYTHONPATH": fruits_env["PYTHONPATH"]}
    command_line("run", photos, "-o", tmp_path / "out", *SMALL, "--deploy-mode", "cluster", cluster=yarn, conf=conf)
    assert_same_results(tmp_path / "out", one_machine)


def test_the_script_by_spark_submit(local_spark, build_dir, fruits_env, model_store, photos, one_machine, tmp_path):
    script = build_dir / "python/fruits/spark/job.py"
    env = {"PYTHONPATH": fruits_env["PYTHONPATH"]}
    arguments = [photos, "--output", tmp_path / "out", "--models", model_store, *SMALL]
    spark_submit(local_spark, script, *arguments, env=env).check()
    assert_same_results(tmp_path / "out", one_machine)


def test_buckets(local_spark, command_line, spark_s3, photos, one_machine, tmp_path):
    for photo in sorted(photos.rglob("*.jpg"))[:60]:
        spark_s3.put("spark", f"photos/{photo.relative_to(photos)}", photo.read_bytes())
    env = spark_s3.environment({})
    command_line("run", "s3://spark/photos", "-o", "s3://spark/one", *SMALL, env=env)
    command_line("run", "s3://spark/photos", "-o", "s3://spark/results", *SMALL, cluster=local_spark, env=env)
    assert spark_s3.read("spark", "results/pca_result.csv") == spark_s3.read("spark", "one/pca_result.csv")


@pytest.mark.slow
def test_photos_on_hdfs(standalone, command_line, photos, tmp_path):
    with Hdfs(tmp_path) as hdfs:
        hdfs.upload_tree(photos / "4", "photos")
        env = hdfs.environment({})
        words = ["run", f"{hdfs.url}/photos", *SMALL]
        command_line(*words, "-o", tmp_path / "one", env=env)
        conf = {f"spark.executorEnv.{name}": value for name, value in env.items()}
        command_line(*words, "-o", tmp_path / "out", cluster=standalone, conf=conf, env=env)
    assert_same_results(tmp_path / "out", tmp_path / "one")


@pytest.mark.parametrize(
    "arguments, said, code",
    [
        (["--master", "local[2]"], "are for --engine spark", 2),
        (["--engine", "spark", "--min-executors", "2"], "expected --max-executors with it", 2),
        (["--engine", "spark", "--min-executors", "3", "--max-executors", "2"], "--min-executors 3", 2),
        (["--engine", "spark", "--conf", "nothing"], "--conf nothing: expected KEY=VALUE", 2),
        (["--engine", "flink"], "flink", 2),
    ],
)
def test_wrong_flags(command_line, photos, tmp_path, arguments, said, code):
    done = command_line("run", photos, "-o", tmp_path / "out", *arguments, check=code)
    assert said in done.stderr


def test_a_failing_job_says_why(local_spark, command_line, photos, tmp_path):
    done = command_line("run", tmp_path / "nowhere", "-o", tmp_path / "out", *SMALL, cluster=local_spark, check=1)
    assert "fruits: cannot find the input" in done.stdout and "Traceback" not in done.stdout
    done = command_line(
        "run", photos, "-o", tmp_path / "out", "--input-size", "32", "--components", "400", cluster=local_spark, check=2
    )
    assert "--components 400" in done.stdout


def test_too_many_rejected(local_spark, command_line, photos, tmp_path):
    few = tmp_path / "few"
    shutil.copytree(photos / "4", few)
    done = command_line("run", few, "-o", tmp_path / "out", "--input-size", "32", "--components", "3", cluster=local_spark, check=3)
    assert "1 rejected" in done.stdout
