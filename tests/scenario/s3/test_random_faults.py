"""Runs under all faults at random: each ends with the bytes of an undisturbed run, after at most one restart.

The photos are copies of 60: their bytes are computed once, so a set of two parts is cheap. What happened is written to build/test-logs/s3-faults.json and printed (pytest -s).
"""

import collections
import concurrent.futures
import json
import pathlib
import random
import re
import threading

import pyarrow.parquet as pq
import pytest

from support.chain import parts
from support.s3_proxy import S3Proxy
from support.s3_runs import PART_ROWS, SMALL, S3Runs, path_of

SEED = 20260723
LANES = 8  # runs at once, each behind a proxy of its own: they mostly wait
PHOTOS = "s3://fruits/same"
COUNT = 540
NAMES = {
    "503": "503 SlowDown",
    "500": "500 InternalError",
    "timeout": "no answer, then closed",
    "reset": "connection reset before the request arrived",
    "lost": "connection reset instead of the answer",
    "cut": "closed after half of the body",
    "slow": "a body that trickles",
    "outage": "server away for seconds",
    "replaced": "a photo replaced since the listing",
    "404": "a listed photo is gone",
    "403": "no access for one request",
    "no-bucket": "no bucket for one request",
    "full": "no room for one upload",
}
# What the error of a fault that ends a run says, beside the address.
ENDING = {
    "403": "no access; these credentials lack the permission",
    "no-bucket": "no such bucket",
    "full": "the server has no room",
}
ONCE = {*ENDING, "404"}  # those that end a run or cost a row: one restart; all others pass
RESULTS = "^/fruits-out/.*(part-|run.json|state.json|csv|fitted|svg)"
COMMENT_BYTES = 12  # that the proxy puts into a photo it replaces


def _once(dice: random.Random) -> list[dict]:
    """At most one fault of those that end a run or cost a row, so that one restart is enough."""
    photos = {"method": "GET", "key": "^/fruits/same/"}
    kind, rate, match = dice.choice([
        *[("none", 0, {})] * 4,
        *[("404", 0.01, photos)] * 2,
        ("403", 0.003, photos),
        ("403", 0.05, {"key": RESULTS}),
        ("no-bucket", 0.003, photos),
        ("no-bucket", 0.4, {"method": "LIST"}),
        ("no-bucket", 0.1, {"method": "PUT", "key": RESULTS}),
        ("full", 0.15, {"method": "PUT", "key": RESULTS}),
    ])  # fmt: skip
    return [] if kind == "none" else [{"kind": kind, "rate": rate, "max": 1, "match": match}]


def _plan(number: int, outage_seconds: float) -> list[dict]:
    """The faults of a run; the first that fits a request is the one."""
    dice = random.Random(SEED + number)
    chance = dice.choice([0.01, 0.03, 0.07])
    faults = _once(dice)
    if number % 3 == 0:
        faults.append({"kind": "outage", "seconds": outage_seconds, "start_after_requests": dice.randint(1, COUNT + 100)})
    faults.append({"kind": "replaced", "rate": 0.01, "match": {"method": "GET", "key": "^/fruits/same/"}})
    faults += [{"kind": kind, "rate": chance} for kind in ("503", "500", "reset", "lost", "cut")]
    faults += [{"kind": kind, "rate": chance / 3, "seconds": dice.uniform(0.1, 0.6)} for kind in ("timeout", "slow")]
    return faults


def _stored_problems(folder: pathlib.Path, listed: dict[str, tuple[int, str]], replaced: int) -> list[str]:
    """Each row has the size and ETag of what was read: of the listed photo, or of the one that replaced it."""
    rows = [row for part in parts(folder) for row in pq.read_table(part, columns=["path", "size_bytes", "etag"]).to_pylist()]
    if sorted(row["path"] for row in rows) != sorted(listed):
        return [f"{len(rows)} rows are stored"]
    others = [row for row in rows if (row["size_bytes"], row["etag"]) != listed[row["path"]]]
    wrong = [
        row
        for row in others
        if (row["size_bytes"], row["etag"]) != (listed[row["path"]][0] + COMMENT_BYTES, listed[row["path"]][1].encode().hex())
    ]
    if wrong or len(others) > replaced or len(parts(folder)) < 2:
        return [f"{len(others)} rows of replaced photos in {len(parts(folder))} parts, {replaced} replaced, wrong: {wrong}"]
    return []


def _end_problems(ends: list[dict], injected: dict[str, int]) -> list[str]:
    """A run that ended said why: exit code 1, what happened, and where."""
    first = ends[0]
    if first["exit_code"] == 0:
        return []
    causes = [words for kind, words in ENDING.items() if kind in injected]
    if not causes:
        return [f"a restart was needed: {first['stderr']}"]
    if first["exit_code"] != 1 or causes[0] not in first["stderr"] or not re.search("s3://fruits(-out)?[/:]", first["stderr"]):
        return [f"exit code {first['exit_code']}, expected 1 and '{causes[0]}' with an address: {first['stderr']}"]
    return []


def _outcome(fruits, proxy, number: int, outage_seconds: float, expected: bytes, listed) -> dict:
    """Runs until it ends well or has ended twice, and looks at what there is."""
    run, direct = S3Runs(fruits, proxy), S3Runs(fruits, proxy.server)  # what looks meets no faults
    name = f"random-{outage_seconds}-{number}"
    out = f"s3://fruits-out/{name}"
    proxy.reset()
    proxy.set_faults(_plan(number, outage_seconds), seed=SEED + number)
    ends = []
    for _ in range(2):
        done = run("run", PHOTOS, "-o", out, *SMALL, exit_code=None)
        ends.append({"exit_code": done.returncode, "stderr": done.stderr.strip()})
        # A photo that was gone is a row of rejected.csv, which the same command tries again.
        if done.returncode == 0 and direct.status(out).startswith(f"finished: {COUNT} of {COUNT}"):
            break
    injected = proxy.stats()["faults"]
    result = {"number": number, "injected": injected, "ends": ends, "problems": _end_problems(ends, injected)}
    if done.returncode != 0:
        result["problems"].append(f"exit codes {[end['exit_code'] for end in ends]}: {done.stderr.strip()}")
        return result
    counts = direct.counts(out)
    result["rows_lost"] = COUNT - counts["features"]
    if direct.csv(out) != expected:
        result["problems"].append("pca_result.csv differs")
    if direct.rows(out, "rejected.csv"):
        result["problems"].append(f"rejected: {direct.rows(out, 'rejected.csv')}")
    if not direct.status(out).startswith(f"finished: {COUNT} of {COUNT}"):
        result["problems"].append(f"status: {direct.status(out)}")
    if len(ends) > 1 and not ONCE & set(injected):
        result["problems"].append(f"a second run was needed: {ends}")
    folder = pathlib.Path(proxy.server.data) / "fruits-out" / name
    result["problems"] += _stored_problems(folder, listed, injected.get("replaced", 0))
    return result


def _outcomes(fruits, server, numbers, outage_seconds: float, expected: bytes, listed) -> list[dict]:
    lane = threading.local()
    proxies = []

    def work(number):
        return _outcome(fruits, lane.proxy, number, outage_seconds, expected, listed)

    def open_lane():
        lane.proxy = S3Proxy(server).__enter__()
        proxies.append(lane.proxy)

    try:
        with concurrent.futures.ThreadPoolExecutor(LANES, initializer=open_lane) as pool:
            return list(pool.map(work, numbers))
    finally:
        for proxy in proxies:
            proxy.__exit__()


def _words(exit_codes: list[int]) -> str:
    return "went on to 0" if exit_codes == [0] else f"ended with {exit_codes[0]}, run again to {exit_codes[-1]}"


def _table(outcomes: list[dict]) -> list[dict]:
    """By fault: how often it was injected, in how many runs, what those without an ending one did, and what was lost."""
    table = []
    for kind, name in NAMES.items():
        runs = [outcome for outcome in outcomes if outcome["injected"].get(kind)]
        # What another one ended is counted there.
        own = [outcome for outcome in runs if kind in ONCE or not ONCE & set(outcome["injected"])]
        did = collections.Counter(_words([end["exit_code"] for end in outcome["ends"]]) for outcome in own)
        table.append({
            "fault": name,
            "injected": sum(outcome["injected"][kind] for outcome in runs),
            "runs": len(runs),
            "did": dict(did),
            "rows_lost": sum(outcome.get("rows_lost", COUNT) for outcome in runs),
        })  # fmt: skip
    return table


def _report(root_dir, outcomes: list[dict], outage_seconds: float) -> None:
    table = _table(outcomes)
    file = root_dir / "build/test-logs/s3-faults.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    record = {"runs": len(outcomes), "seed": SEED, "outage_seconds": outage_seconds, "faults": table, "outcomes": outcomes}
    file.write_text(json.dumps(record, indent=1) + "\n")
    print(f"\n{len(outcomes)} runs over {COUNT} photos in parts of {PART_ROWS}, seed {SEED}, outages of {outage_seconds} s")
    for row in table:
        did = ", ".join(f"{count} {what}" for what, count in row["did"].items())
        print(f"{row['fault']:45} injected {row['injected']:5} in {row['runs']:3} runs; {did}; rows lost {row['rows_lost']}")


@pytest.mark.parametrize(
    ("runs", "outage_seconds"), [(20, 2), pytest.param(200, 20, marks=pytest.mark.slow)], ids=["20 runs", "200 runs"]
)
def test_every_run_ends_with_the_right_results(fruits, server, same_csv, root_dir, runs, outage_seconds):
    pages = server.client().get_paginator("list_objects_v2").paginate(Bucket="fruits", Prefix="same/")
    listed = {
        path_of("fruits", entry["Key"]): (entry["Size"], entry["ETag"].strip('"')) for page in pages for entry in page["Contents"]
    }
    assert len(listed) == COUNT > PART_ROWS
    outcomes = _outcomes(fruits, server, range(runs), outage_seconds, same_csv, listed)
    _report(root_dir, outcomes, outage_seconds)
    problems = [(outcome["number"], outcome["problems"], outcome["injected"]) for outcome in outcomes if outcome["problems"]]
    assert not problems, "\n".join(map(str, problems))
    # Each fault did occur.
    assert all(row["injected"] > 0 for row in _table(outcomes)), _table(outcomes)
