"""--log-format json: every line on stderr is an object, and together they tell the run."""

import datetime
import json
import shutil
import signal

import pytest


@pytest.fixture(scope="module")
def photos(chain, tmp_path_factory):
    """60 photos, three of them broken."""
    folder = tmp_path_factory.mktemp("log") / "photos"
    chain("samples", folder, "--kinds", 12, "--photos", 5)
    for photo in sorted(folder.rglob("*.jpg"))[::20]:
        photo.write_bytes(photo.read_bytes()[:200])
    (folder / "Apple\nred").mkdir()
    shutil.copy(sorted(folder.rglob("*.jpg"))[-1], folder / 'Apple\nred/"quoted".jpg')
    return folder


def events_of(text: str) -> list[dict]:
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        assert {"time", "level", "event"} <= event.keys()
        assert event["level"] in ("info", "warning", "error")
        assert datetime.datetime.fromisoformat(event["time"]).tzinfo is not None
    assert [e["time"] for e in events] == sorted(e["time"] for e in events)
    return events


def named(events: list[dict], name: str) -> list[dict]:
    return [event for event in events if event["event"] == name]


def test_a_run_in_events(chain, photos, tmp_path):
    done = chain("run", photos, "-o", tmp_path / "out", "--components", 2, "--log-format", "json",
                 "--log-interval", "0.05", "--max-rejected", "10%", "--price-per-hour", "2")  # fmt: skip
    events = events_of(done.stderr)
    record = json.loads((tmp_path / "out/run.json").read_text())
    assert events[0]["event"] == "start" and events[0]["inputs"] == [str(photos)]
    assert events[-1]["event"] == "done"
    phases = [event["phase"] for event in named(events, "phase")]
    assert phases == ["listing", "featurizing", "fitting", "projecting", "publishing", "done"]

    summary = events[-1]
    for name in ("photos", "features", "rejected", "computed", "kept"):
        assert summary[name] == record["counts"][name], name
    assert summary["seconds"] == record["seconds"] and summary["exit_code"] == 0
    assert summary["core_hours"] == record["use"]["core_hours"] and summary["cost"] == record["use"]["cost"]
    assert done.stdout.strip() == summary["output"]

    rejected = named(events, "rejected")
    assert len(rejected) == summary["rejected"] == 3
    table = (tmp_path / "out/rejected.csv").read_text()
    assert all(event["path"] in table and event["stage"] == "decode" and event["reason"] for event in rejected)

    last = [event for event in named(events, "progress") if event["phase"] == "featurizing"][-1]
    assert last["done"] == last["total"] == summary["photos"] == 61 and last["rejected"] == 3


def test_progress_comes_at_a_steady_rate_and_none_leaves_it_out(chain, photos, tmp_path):
    chain("extract", photos, "-o", tmp_path / "warm", "--max-rejected", "10%")
    done = chain("extract", photos, "-o", tmp_path / "out", "--threads", 1, "--log-format=json", "--log-interval", "0.05",
                 "--max-rejected", "10%")  # fmt: skip
    progress = named(events_of(done.stderr), "progress")
    seconds = [event["seconds"] for event in progress]
    assert len(progress) >= 3 and seconds == sorted(seconds)
    done = chain("extract", photos, "-o", tmp_path / "none", "--log-format", "json", "--progress", "none", "--max-rejected", "10%")
    events = events_of(done.stderr)
    assert not named(events, "progress") and named(events, "rejected") and named(events, "done")


def test_too_many_rejected_is_in_the_last_summary(chain, photos, tmp_path):
    done = chain("extract", photos, "-o", tmp_path / "out", "--log-format", "json", exit_code=3)
    events = events_of(done.stderr)
    (summary,) = named(events, "done")
    assert summary["too_many_rejected"] is True and summary["exit_code"] == 3


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--components", "0"], 2, "--components"),
        (["--model", "nothing"], 1, "nothing"),
        (["--progress", "plain"], 2, "--progress"),
        (["--colour", "red"], 2, "--colour"),
        (["--on-error", "fail"], 1, "on-error"),
    ],
)
def test_what_ends_a_run_is_an_event(chain, photos, tmp_path, arguments, exit_code, words):
    done = chain("run", photos, "-o", tmp_path / "out", "--log-format", "json", *arguments, exit_code=exit_code)
    events = events_of(done.stderr)
    last = events[-1]
    assert words in last["message"]
    assert last["event"] == "error" and last["level"] == "error" and last["exit_code"] == exit_code


def test_a_stop_is_an_event_and_the_same_command_goes_on(chain, photos, tmp_path):
    command = ["extract", photos, "-o", tmp_path / "out", "--threads", 1, "--log-format", "json", "--log-interval", "0.05"]
    process = chain.start(*command)
    first = process.stderr.readline()
    for line in process.stderr:
        first += line
        if json.loads(line).get("phase") == "featurizing":
            break
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate()
    events = events_of(first + rest)
    if process.returncode == 130:  # it may have been done before the signal came
        assert [event for event in events if event.get("exit_code") == 130 or "goes on from what is stored" in event.get("message", "")]
    done = chain(*command, "--max-rejected", "10%")
    assert named(events_of(done.stderr), "done")[0]["features"] == 58


def test_a_log_of_another_format_is_refused(chain, photos, tmp_path):
    done = chain("run", photos, "-o", tmp_path / "out", "--log-format", "xml", exit_code=2)
    assert "--log-format" in done.stderr and "xml" in done.stderr
    for interval in ("0", "nan", "1e9", "often"):
        done = chain("run", photos, "-o", tmp_path / "out", "--log-format", "json", "--log-interval", interval, exit_code=2)
        assert "--log-interval" in done.stderr and f"'{interval}'" in done.stderr and "0.05 to 86400" in done.stderr
    done = chain("run", photos, "-o", tmp_path / "out", "--log-interval", "1", exit_code=2)
    assert "--log-interval" in done.stderr and "--log-format json" in done.stderr


def test_spark_is_told_to_log_by_its_own_means(chain, photos, tmp_path):
    for option in (["--metrics-port", "0"], ["--log-format", "json"], ["--log-interval", "9"]):
        done = chain("run", photos, "-o", tmp_path / "out", "--engine", "spark", *option, exit_code=2)
        assert option[0] in done.stderr and "--engine local" in done.stderr
