"""Runs that are killed at any moment: the same command goes on, and nothing beyond the part in flight is done twice."""

import collections
import random
import re
import time

import pytest

from support.s3_runs import PART_ROWS, SMALL, WINDOW_ROWS, S3Runs, gets_by_key

MANY = "s3://fruits/many"
PHOTOS = 3360
MOST_TWICE = 2 * PART_ROWS + WINDOW_ROWS  # one part is being filled while the one before it is written
SEED = 20260804


@pytest.fixture(scope="module")
def seconds(direct, many_csv):
    """What an undisturbed run to a bucket takes."""
    started = time.monotonic()
    direct("run", MANY, "-o", "s3://fruits-out/timed", *SMALL)
    assert direct.csv("s3://fruits-out/timed") == many_csv
    return time.monotonic() - started


def _kill_after(run: S3Runs, out, seconds: float) -> bool:
    """True: it was killed before its end."""
    process = run.start("run", MANY, "-o", out, *SMALL)
    time.sleep(seconds)
    process.kill()
    return run.finish(process).returncode == -9


def _moments(count: int, seconds: float) -> list[float]:
    """Random ones, spread over the whole of a run."""
    dice = random.Random(SEED)
    return [(number + dice.random()) / count * seconds for number in range(count)]


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
def test_a_killed_run_goes_on(run, proxy, out, many_csv, seconds, tmp_path, count, targets):
    killed = 0
    for number, moment in enumerate(_moments(count, seconds)):
        folder = f"{out}-{number}" if targets[number % len(targets)] == "bucket" else tmp_path / str(number)
        proxy.reset()
        killed += _kill_after(run, folder, moment)
        before = sum(gets_by_key(proxy.stats(per_key=True), "/fruits/many/").values())
        stored = _stored(run, folder)
        assert stored in (0, PART_ROWS, 2 * PART_ROWS, 3 * PART_ROWS, PHOTOS)
        run("run", MANY, "-o", folder, *SMALL)

        reads = collections.Counter(gets_by_key(proxy.stats(per_key=True), "/fruits/many/").values())
        what = f"killed after {moment:.2f} s of {seconds:.2f}, {before} photos read, {stored} stored"
        assert reads.total() == PHOTOS and set(reads) <= {1, 2}, f"{what}: {reads}"
        assert reads[2] <= MOST_TWICE, f"{what}: {reads}"
        counts = run.counts(folder)
        assert (counts["kept"], counts["computed"]) == (stored, PHOTOS - stored), what
        assert run.csv(folder) == many_csv, what
        run.assert_whole(folder)
    assert killed >= count * 3 // 5  # else nothing was tried


@pytest.mark.slow
@pytest.mark.parametrize("target", ["bucket", "local"])
def test_a_run_that_is_killed_again_and_again_ends(run, proxy, out, many_csv, seconds, tmp_path, target):
    """No restart loses what an earlier one had stored."""
    folder = out if target == "bucket" else tmp_path / "results"
    dice = random.Random(SEED)
    stored = 0
    for _ in range(6):
        _kill_after(run, folder, dice.uniform(0.3, 0.7) * seconds)
        assert _stored(run, folder) >= stored
        stored = _stored(run, folder)
    run("run", MANY, "-o", folder, *SMALL)
    assert run.csv(folder) == many_csv
    run.assert_whole(folder)


def test_a_slow_write_holds_the_run_back(run, proxy, out):
    """While one part is written the next one is gathered, and no third: more would be lost by a kill."""
    held = {"method": "PUT", "key": "part-000000"}
    proxy.set_faults([{"kind": "timeout", "seconds": 8, "first": 1, "match": held}])
    process = run.start("run", MANY, "-o", out, *SMALL)
    time.sleep(6)
    reads = proxy.requests("GET")["requests"]
    process.kill()
    run.finish(process)
    assert PART_ROWS <= reads <= MOST_TWICE
