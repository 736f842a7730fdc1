"""Runs that are killed at any moment: the same command goes on, and nothing beyond the part in flight is done twice."""

import collections
import json
import os
import random
import re
import time

import pytest

from support.s3_runs import MOST_LOST, PART_ROWS, SMALL, S3Runs, gets_by_key

MANY = "s3://fruits/many"
PHOTOS = 3360
# Photos that are read ahead of the parts, of which the network may have those of its slots (featurize.cc, WindowFor):
# 64 readers and a few for each processor. They are read again, and but for those in the slots were never computed.
WINDOW_ROWS = 224 + 16 * len(os.sched_getaffinity(0))
READ_TWICE = MOST_LOST + WINDOW_ROWS
TOLD = (*SMALL[:-1], "json")  # --progress json: how many rows have their features
SEED = 20260804
AFTER_SECONDS = 5.0  # a tenth of it: the last part, fit, projection and files


def _rows_told(stderr: str) -> int:
    """Rows whose features were computed and given to a part, by the last progress line; at most 0.1 s old."""
    events = [json.loads(line) for line in stderr.splitlines() if line.startswith("{") and line.endswith("}")]
    return max((event["done"] for event in events if event["phase"] == "featurizing"), default=0)


def _kill_at(run: S3Runs, proxy, out, moment: float) -> tuple[bool, int]:
    """Whether it was killed before its end, and rows computed. `moment` 0 to 1 is the share of photos read, beyond it what
    comes after them."""
    process = run.start("run", MANY, "-o", out, *TOLD)
    begun = proxy.requests("GET")["requests"]
    while process.poll() is None and proxy.requests("GET")["requests"] - begun < min(moment, 1) * PHOTOS:
        time.sleep(0.01)
    time.sleep(max(0.0, moment - 1) * AFTER_SECONDS)
    process.kill()
    done = run.finish(process)
    return done.returncode == -9, _rows_told(done.stderr)


def _moments(count: int) -> list[float]:
    """Random ones, spread over the whole of a run."""
    dice = random.Random(SEED)
    return [(number + dice.random()) / count * 1.1 for number in range(count)]


def _stored(run: S3Runs, out) -> int:
    found = re.match(r"unfinished: (\d+) rows and 0 rejected|finished: (\d+)|empty", run.status(out))
    assert found, run.status(out)
    return int(found[1] or found[2] or 0)


# With 5 moments, every other one has a local output.
@pytest.mark.parametrize(
    ("count", "targets"),
    [(5, ["bucket", "local"])] + [pytest.param(30, [target], marks=pytest.mark.slow) for target in ("bucket", "local")],
    ids=["5 moments", "30 moments, bucket", "30 moments, local"],
)
def test_a_killed_run_goes_on(run, proxy, out, many_csv, tmp_path, count, targets):
    killed = 0
    for number, moment in enumerate(_moments(count)):
        folder = f"{out}-{number}" if targets[number % len(targets)] == "bucket" else tmp_path / str(number)
        proxy.reset()
        was_killed, computed = _kill_at(run, proxy, folder, moment)
        killed += was_killed
        before = sum(gets_by_key(proxy.stats(per_key=True), "/fruits/many/").values())
        stored = _stored(run, folder)
        assert stored <= before  # in whole parts, or less where a busy machine took 30 s for one
        run("run", MANY, "-o", folder, *SMALL)

        reads = collections.Counter(gets_by_key(proxy.stats(per_key=True), "/fruits/many/").values())
        what = f"killed at {moment:.2f} of the photos, {before} read, {stored} stored"
        assert reads.total() == PHOTOS and set(reads) <= {1, 2}, f"{what}: {reads}"
        assert reads[2] <= READ_TWICE, f"{what}: {reads}"
        assert computed - stored <= MOST_LOST, f"{what}, {computed} computed"
        counts = run.counts(folder)
        assert (counts["kept"], counts["computed"]) == (stored, PHOTOS - stored), what
        assert run.csv(folder) == many_csv, what
        run.assert_whole(folder)
    assert killed >= count * 3 // 5  # else nothing was tried


@pytest.mark.slow
@pytest.mark.parametrize("target", ["bucket", "local"])
def test_a_run_that_is_killed_again_and_again_ends(run, proxy, out, many_csv, tmp_path, target):
    """No restart loses what an earlier one had stored."""
    folder = out if target == "bucket" else tmp_path / "results"
    dice = random.Random(SEED)
    stored = 0
    for _ in range(6):
        proxy.reset()
        _kill_at(run, proxy, folder, dice.uniform(0.3, 0.7))
        assert _stored(run, folder) >= stored
        stored = _stored(run, folder)
    run("run", MANY, "-o", folder, *SMALL)
    assert run.csv(folder) == many_csv
    run.assert_whole(folder)


def test_a_slow_write_holds_the_run_back(run, proxy, out):
    """While one part is written the next one is gathered, and no third: a kill then costs the most that it can."""
    held = {"method": "PUT", "key": "part-000000"}
    proxy.set_faults([{"kind": "timeout", "seconds": 8, "first": 1, "match": held}])
    process = run.start("run", MANY, "-o", out, *TOLD)
    time.sleep(6)
    reads = proxy.requests("GET")["requests"]
    process.kill()
    computed = _rows_told(run.finish(process).stderr)
    assert _stored(run, out) == 0
    assert PART_ROWS <= computed <= MOST_LOST
    assert MOST_LOST <= reads <= READ_TWICE
