"""What is read of an event log, also of one that is being written."""

import json

from support.spark_events import executor_counts, read_events, turning_points


def added(executor):
    return {"Event": "SparkListenerExecutorAdded", "Timestamp": 1000, "Executor ID": executor}


def removed(executor):
    return {**added(executor), "Event": "SparkListenerExecutorRemoved", "Removed Reason": "idle"}


def test_half_a_line_waits_for_its_end(tmp_path):
    assert read_events(tmp_path) == []
    (tmp_path / "app-1.inprogress").write_text(json.dumps(added("0")) + "\n" + json.dumps(added("1"))[:20])
    assert read_events(tmp_path) == [added("0")]


def test_a_checksum_beside_the_log_is_none(tmp_path):
    (tmp_path / ".app-1.crc").write_bytes(b"\0")
    (tmp_path / "app-1").write_text(json.dumps(added("0")) + "\n")
    assert read_events(tmp_path) == [added("0")]


def test_executors_are_counted():
    assert executor_counts([added("0"), added("1"), removed("0"), {"Event": "SparkListenerJobEnd"}]) == [0, 1, 2, 1]


def test_turning_points():
    assert turning_points([0]) == [0]
    assert turning_points([0, 1, 2, 3, 2, 1, 2, 3]) == [0, 3, 1, 3]
    assert turning_points([0, 1, 1, 2, 2, 1]) == [0, 2, 1]
    assert turning_points([0, 1, 0, 1]) == [0, 1, 0, 1]
