"""A job's progress, told between the engine's own events; on a made-up context, so that the counts are what a test says."""

import threading
import time
import types

import pytest
from fruits.spark import _reporting
from fruits.spark._reporting import Reporter


class Context:
    """What a Reporter asks of Spark's."""

    def __init__(self):
        self.properties = {}
        self.cancelled = []

    def accumulator(self, value):
        return types.SimpleNamespace(value=value)

    def setJobGroup(self, group, description, interruptOnCancel):
        self.properties = {"spark.jobGroup.id": group, "spark.job.description": description}

    def setLocalProperty(self, name, value):
        self.properties[name] = value

    def cancelJobGroup(self, group):
        self.cancelled.append(group)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    monkeypatch.setattr(_reporting, "_EVERY", 0.02)


@pytest.fixture
def context():
    return Context()


def reporter_of(context, on_progress):
    return Reporter(types.SimpleNamespace(sparkContext=context), on_progress)


def event(**values):
    return {"phase": "featurizing", "rejected": 0, "images_per_second": 0.0, "seconds_left": 0.0, **values}


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_resumed_run_goes_on_from_what_is_kept(context):
    told = []
    reporter = reporter_of(context, told.append)
    reporter.of_engine(event(done=700, total=1000, seconds=5.0))
    with reporter.running(300):
        wait_for(lambda: len(told) > 1)
        reporter.photos.value, reporter.rejected.value = 128, 2
        wait_for(lambda: told[-1]["done"] == 828)
    reporter.of_engine(event(done=1000, total=1000, seconds=60.0))
    for name in ("done", "seconds"):
        values = [e[name] for e in told]
        assert values == sorted(values), name
    assert {e["total"] for e in told} == {1000}
    assert told[1]["done"] == 700 and told[1]["seconds"] >= 5
    half_way = next(e for e in told if e["done"] == 828)
    assert half_way["rejected"] == 2
    assert half_way["seconds_left"] == pytest.approx((1000 - 828) / half_way["images_per_second"])


def test_a_total_that_the_engine_did_not_know(context):
    """The listing goes on when the phase begins."""
    told = []
    reporter = reporter_of(context, told.append)
    reporter.of_engine(event(done=10, total=0, seconds=1.0))
    with reporter.running(90):
        wait_for(lambda: len(told) > 1)
    assert (told[1]["done"], told[1]["total"]) == (10, 100)


def test_the_job_has_its_name_without_a_listener(context):
    reporter = reporter_of(context, None)
    assert reporter.of_engine is None
    with reporter.running(1234):
        assert context.properties["spark.job.description"] == "features of 1,234 photos"
    assert set(context.properties.values()) == {None}


def test_what_is_raised_cancels_until_the_job_is_over(context):
    """A job that was not there yet when it was cancelled first."""

    def refuse(_):
        raise LookupError("no more")

    reporter = reporter_of(context, refuse)
    with pytest.raises(LookupError, match="no more"), reporter.running(10):
        wait_for(lambda: len(context.cancelled) >= 3)
        raise OSError("Job 0 cancelled")
    assert len(set(context.cancelled)) == 1
    assert not [t for t in threading.enumerate() if t.name == "fruits progress"]


def test_an_error_of_the_job_is_its_own(context):
    with pytest.raises(OSError, match="lost"), reporter_of(context, lambda _: None).running(10):
        raise OSError("lost")
