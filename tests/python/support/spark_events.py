"""The event log of an application: when executors came and went, and why.

    events = read_events(folder)
    assert max(executor_counts(events)) == 3
"""

import dataclasses
import json
import pathlib


def read_events(folder: pathlib.Path) -> list[dict]:
    """Of the one application that logs there, also while it runs."""
    files = [file for file in folder.iterdir() if not file.name.startswith(".")]
    if not files:
        return []
    assert len(files) == 1, f"{folder} has logs of more than one application: {files}"
    try:
        text = files[0].read_text()
    except FileNotFoundError:  # it ended, which renames its log
        return read_events(folder)
    # The last line of one that runs may be half written.
    return [json.loads(line) for line in text.split("\n")[:-1]]


@dataclasses.dataclass
class Change:
    """An executor came, or went."""

    seconds: float  # since the epoch
    executor: str
    came: bool
    reason: str  # where it went


def executor_changes(events: list[dict]) -> list[Change]:
    """In the order of time; the driver, which counts as an executor where it is local, too."""
    changes = []
    for event in events:
        kind = event["Event"]
        if kind in ("SparkListenerExecutorAdded", "SparkListenerExecutorRemoved"):
            came = kind.endswith("Added")
            reason = "" if came else event["Removed Reason"]
            changes.append(Change(event["Timestamp"] / 1000, event["Executor ID"], came, reason))
    return changes


def executor_counts(events: list[dict]) -> list[int]:
    """How many executors there were, from 0 at the start and then after each change."""
    counts = [0]
    for change in executor_changes(events):
        counts.append(counts[-1] + (1 if change.came else -1))
    return counts


def turning_points(counts: list[int]) -> list[int]:
    """The first, each highest and lowest between, and the last: [0, 1, 2, 3, 2, 1, 2] gives [0, 3, 1, 2]."""
    points = []
    for i, count in enumerate(counts):
        before = [c for c in counts[:i] if c != count][-1:]
        after = [c for c in counts[i + 1 :] if c != count][:1]
        if not before or not after or (before[0] < count) == (after[0] < count):
            if not points or points[-1] != count:
                points.append(count)
    return points


def tasks(events: list[dict]) -> list[dict]:
    """Each task's end: executor, whether it failed and why ("Success", "ExecutorLostFailure", ...)."""
    return [
        {"executor": event["Task Info"]["Executor ID"], "reason": event["Task End Reason"]["Reason"]}
        for event in events
        if event["Event"] == "SparkListenerTaskEnd"
    ]
