"""What may happen to a job on a cluster, and the files of one machine all the same."""

import json
import shutil
import struct
import time
import zlib

import pytest

from support.s3_runs import wait_until
from support.spark_events import executor_changes, executor_counts, read_events, tasks
from support.spark_executors import kill_executor
from support.spark_job import SMALL, application_id, assert_same_results, logged
from support.spark_submit import DEADLINE

MANAGERS = ["standalone", "yarn"]


@pytest.fixture
def manager(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def under_way(command_line, many_photos, tmp_path):
    """Starts the job of many photos and waits for its first part; gives the running job."""

    def start(cluster):
        running = command_line.start(
            "run", many_photos, "-o", tmp_path / "out", cluster=cluster, conf=logged(tmp_path / "events")
        )
        try:
            features = tmp_path / "out/features"
            wait_until(lambda: running.process.poll() is not None or any(features.glob("*.parquet")), "a part", DEADLINE)
        except BaseException:
            running.kill()
            raise
        assert running.process.poll() is None, running.process.communicate()[1][-6000:]
        return running

    return start


def poison(folder):
    """Files that are no photos, each in its own way."""
    folder.mkdir()
    size = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    header = b"IHDR" + size
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    (folder / "bomb.png").write_bytes(png)
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "noise.webp").write_bytes(bytes(range(256)) * 40)
    (folder / "cut.jpg").write_bytes(next(folder.parent.rglob("*.jpg")).read_bytes()[:900])


def test_poisoned_photos_are_rows_and_nothing_else(local_spark, command_line, data_dir, tmp_path):
    shutil.copytree(data_dir / "golden/photos", tmp_path / "photos")
    poison(tmp_path / "photos/poison")
    words = ["run", tmp_path / "photos", *SMALL[:-1], "50%"]
    command_line(*words, "-o", tmp_path / "one")
    command_line(*words, "-o", tmp_path / "out", cluster=local_spark)
    assert_same_results(tmp_path / "out", tmp_path / "one")
    rejected = (tmp_path / "out/rejected.csv").read_text()
    assert [name for name in ("bomb.png", "empty.jpg", "noise.webp", "cut.jpg") if name not in rejected] == []


@pytest.mark.slow
@pytest.mark.parametrize("manager", MANAGERS, indirect=True)
def test_a_killed_executor(manager, under_way, one_machine_many, tmp_path):
    with under_way(manager) as running:
        killed = kill_executor(manager, application_id(tmp_path / "events"))
        running.check()
    events = read_events(tmp_path / "events")
    assert killed in [change.executor for change in executor_changes(events) if not change.came]
    assert {"executor": killed, "reason": "ExecutorLostFailure"} in tasks(events)
    assert_same_results(tmp_path / "out", one_machine_many)


@pytest.mark.slow
def test_a_killed_worker(standalone, under_way, one_machine_many, tmp_path):
    with under_way(standalone) as running:
        standalone.kill_worker(0)
        standalone.wait_for_workers(1)
        running.check()
    standalone.start_worker(0)
    assert "ExecutorLostFailure" in [task["reason"] for task in tasks(read_events(tmp_path / "events"))]
    assert_same_results(tmp_path / "out", one_machine_many)


@pytest.mark.slow
@pytest.mark.parametrize("manager", MANAGERS, indirect=True)
def test_a_killed_driver(manager, under_way, command_line, many_photos, one_machine_many, tmp_path):
    with under_way(manager) as running:
        running.kill()
    assert not (tmp_path / "out/run.json").exists()
    command_line("run", many_photos, "-o", tmp_path / "out", cluster=manager)
    assert json.loads((tmp_path / "out/run.json").read_text())["counts"]["kept"] >= 128
    assert_same_results(tmp_path / "out", one_machine_many)


@pytest.mark.slow
@pytest.mark.parametrize("manager", MANAGERS, indirect=True)
def test_executors_come_when_there_is_work_and_go_when_there_is_none(manager, command_line, many_photos, one_machine_many, tmp_path):
    timeouts = {"schedulerBacklogTimeout": "1s", "executorIdleTimeout": "2s"}
    conf = {f"spark.dynamicAllocation.{name}": value for name, value in timeouts.items()}
    conf |= {**logged(tmp_path / "events"), "spark.cores.max": "4"}  # more than may be
    words = ["run", many_photos, "-o", tmp_path / "out", "--min-executors", "1", "--max-executors", "3", "--progress", "json"]

    def counts():
        return executor_counts(read_events(tmp_path / "events"))

    with command_line.start(*words, cluster=manager, conf=conf) as running:
        running.wait_for_phase("fitting")
        driver = running.driver()
        driver.suspend()  # so that executors are idle for long
        try:
            assert max(counts()) == 3
            wait_until(lambda: counts()[-1] == 1, "executors without work go", DEADLINE)
            time.sleep(6)  # three times as long as idle ones stay
            assert counts()[-1] == 1 and min(counts()[1:]) == 1, counts()
        finally:
            driver.resume()
        running.check()
    assert max(counts()) == 3
    assert_same_results(tmp_path / "out", one_machine_many)
