"""The harness itself: jobs on each kind of cluster, s3a://, executors that come and go, and what is killed."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.s3_runs import wait_until
from support.spark_cluster import StandaloneCluster
from support.spark_events import executor_changes, executor_counts, tasks, turning_points
from support.spark_executors import executors, kill_executor
from support.spark_settings import dynamic_allocation, s3a_conf
from support.spark_submit import CLUSTER_MODE, DEADLINE, spark_submit, submit

ROWS = 10_000
SUM = sum(i * i for i in range(ROWS))
MANAGERS = ["standalone", "yarn"]


def assert_sum(file):
    found = json.loads(file.read_text())
    assert (found["sum"], found["rows"]) == (SUM, ROWS)
    return found


@pytest.fixture
def manager(request):
    return request.getfixturevalue(request.param)


def test_arrow_job_on_local_cores(local_spark, jobs, tmp_path):
    done = spark_submit(local_spark, jobs / "arrow_sum.py", tmp_path / "out.json").check()
    assert_sum(tmp_path / "out.json")
    assert executor_counts(done.events) == [0, 1]
    assert [task["reason"] for task in tasks(done.events)].count("Success") >= 4


@pytest.mark.parametrize("manager", ["standalone", pytest.param("yarn", marks=pytest.mark.slow)], indirect=True)
def test_arrow_job_on_executors(manager, jobs, tmp_path):
    done = spark_submit(manager, jobs / "arrow_sum.py", tmp_path / "out.json").check()
    assert_sum(tmp_path / "out.json")
    assert max(executor_counts(done.events)) == 2
    assert {task["executor"] for task in tasks(done.events)} <= {change.executor for change in executor_changes(done.events)}


@pytest.mark.slow
def test_driver_inside_yarn(yarn, jobs, tmp_path):
    done = spark_submit(yarn, jobs / "arrow_sum.py", tmp_path / "out.json", conf=CLUSTER_MODE).check()
    assert_sum(tmp_path / "out.json")
    assert max(executor_counts(done.events)) == 2


def test_arrow_job_over_connect(connect, jobs, tmp_path):
    connect.run(jobs / "arrow_sum.py", tmp_path / "out.json").check()
    assert_sum(tmp_path / "out.json")
    assert [task["reason"] for task in tasks(connect.events())].count("Success") >= 4


def upload_numbers(server, prefix):
    """0 to 99 in two files."""
    for part in range(2):
        out = io.BytesIO()
        pq.write_table(pa.table({"number": pa.array(range(part * 50, part * 50 + 50), pa.int64())}), out)
        server.put("spark", f"{prefix}/in/{part}.parquet", out.getvalue())


def assert_copied(server, prefix):
    names = server.list_keys("spark", f"{prefix}/out/")
    assert f"{prefix}/out/_SUCCESS" in names
    files = [server.read("spark", name) for name in names if name.endswith(".parquet")]
    numbers = [number for file in files for number in pq.read_table(io.BytesIO(file))["number"].to_pylist()]
    assert sorted(numbers) == list(range(1, 101))


def copy_places(prefix):
    return f"s3a://spark/{prefix}/in", f"s3a://spark/{prefix}/out"


def test_s3a_is_read_and_written(connect, spark_s3, jobs):
    upload_numbers(spark_s3, "connect")
    connect.run(jobs / "s3a_copy.py", *copy_places("connect")).check()
    assert_copied(spark_s3, "connect")


@pytest.mark.slow
@pytest.mark.parametrize(
    "manager, conf",
    [("local_spark", {}), ("standalone", {}), ("yarn", {}), ("yarn", CLUSTER_MODE)],
    ids=["local", "standalone", "yarn-client", "yarn-cluster"],
    indirect=["manager"],
)
def test_submitted_jobs_read_and_write_s3a(manager, conf, spark_s3, jobs):
    prefix = f"submitted-{manager.name}-{len(conf)}"
    upload_numbers(spark_s3, prefix)
    settings = {**s3a_conf(spark_s3), **conf}
    spark_submit(manager, jobs / "s3a_copy.py", *copy_places(prefix), conf=settings).check()
    assert_copied(spark_s3, prefix)


@pytest.mark.slow
@pytest.mark.parametrize("manager", MANAGERS, indirect=True)
def test_executors_come_and_go(manager, jobs):
    # The backlog lasts long enough for two more to start, the pause for them to be given back.
    done = spark_submit(manager, jobs / "waves.py", 15, 20, conf=dynamic_allocation(1, 3)).check()
    counts = executor_counts(done.events)
    assert max(counts) == 3
    assert turning_points(counts)[:4] == [0, 3, 1, 3], counts


def start_held(manager, jobs, tmp_path):
    """A job of two executors, each of which is in a task that takes 20 s."""
    hold = tmp_path / "hold"
    hold.mkdir()
    options = ["--partitions", 4, "--hold", hold, "--seconds", 20]
    running = submit(manager, jobs / "arrow_sum.py", tmp_path / "out.json", *options)
    try:
        wait_until(lambda: len(list(hold.iterdir())) == 2, "two tasks run", DEADLINE)
    except BaseException:
        running.__exit__()
        raise
    return running


@pytest.mark.slow
@pytest.mark.parametrize("manager", MANAGERS, indirect=True)
def test_a_killed_executor_is_survived(manager, jobs, tmp_path):
    with start_held(manager, jobs, tmp_path) as running:
        before = executors(manager, running.application_id())
        assert len(before) == 2
        killed = kill_executor(manager, running.application_id())
        done = running.finish().check()
    assert_sum(tmp_path / "out.json")
    assert killed in [change.executor for change in executor_changes(done.events) if not change.came]
    assert {"executor": killed, "reason": "ExecutorLostFailure"} in tasks(done.events)


@pytest.mark.slow
def test_a_killed_worker_is_survived(standalone, jobs, tmp_path):
    with start_held(standalone, jobs, tmp_path) as running:
        standalone.kill_worker(0)
        standalone.wait_for_workers(1)
        done = running.finish().check()
    standalone.start_worker(0)
    assert_sum(tmp_path / "out.json")
    assert "ExecutorLostFailure" in [task["reason"] for task in tasks(done.events)]


@pytest.mark.slow
def test_all_processes_end_with_the_cluster(jobs, tmp_path):
    with StandaloneCluster(tmp_path, workers=1) as cluster:
        hold = tmp_path / "hold"
        hold.mkdir()
        submit(cluster, jobs / "arrow_sum.py", tmp_path / "out.json", "--hold", hold, "--seconds", 600)
        wait_until(lambda: list(hold.iterdir()), "a task runs", DEADLINE)
        before = {process.name() for process in cluster.daemons.processes()}
    assert {"java", "python"} <= {name.rstrip("0123456789.") for name in before}
    assert not list(cluster.daemons.processes())
    assert not (tmp_path / "out.json").exists()
