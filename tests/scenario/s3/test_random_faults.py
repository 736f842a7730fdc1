"""Runs under all faults at random: each ends with the bytes of an undisturbed run, after at most one restart.

What happened is written to build/test-logs/s3-faults.json and printed (pytest -s).
"""

import collections
import concurrent.futures
import json
import random
import threading

import pytest

from support.s3_proxy import S3Proxy
from support.s3_runs import SMALL, S3Runs

SEED = 20260723
LANES = 8  # runs at once, each behind a proxy of its own: they mostly wait
NAMES = {
    "503": "503 SlowDown",
    "500": "500 InternalError",
    "timeout": "no answer, then closed",
    "reset": "connection reset before the request arrived",
    "lost": "connection reset instead of the answer",
    "cut": "closed after half of the body",
    "slow": "a body that trickles",
    "outage": "server away for seconds",
    "404": "a listed photo is gone",
    "403": "no access for one request",
}
ENDING = {"403", "404"}  # all others pass


def _plan(number: int, outage_seconds: float) -> list[dict]:
    """The faults of a run. Those that end it or cost a row come once at most, so that one restart is enough."""
    dice = random.Random(SEED + number)
    chance = dice.choice([0.01, 0.03, 0.07])
    faults = [{"kind": kind, "rate": chance} for kind in ("503", "500", "reset", "lost", "cut")]
    faults += [{"kind": kind, "rate": chance / 3, "seconds": dice.uniform(0.1, 0.6)} for kind in ("timeout", "slow")]
    # In front, as the first that fits is the one.
    once = dice.choice(["none", "403", "404", "403 of results"])
    if once == "404":
        faults.insert(0, {"kind": "404", "rate": 0.05, "max": 1, "match": {"method": "GET", "key": "^/fruits/few/"}})
    elif once != "none":
        where = "^/fruits/few/" if once == "403" else "^/fruits-out/.*(part-|run.json|csv|fitted)"
        faults.insert(0, {"kind": "403", "rate": 0.03, "max": 1, "match": {"key": where}})
    if number % 3 == 0:
        faults.insert(0, {"kind": "outage", "seconds": outage_seconds, "start_after_requests": dice.randint(1, 110)})
    return faults


def _outcome(fruits, proxy, number: int, outage_seconds: float, expected: bytes) -> dict:
    """Runs until it ends well or has ended twice, and looks at what there is."""
    run = S3Runs(fruits, proxy)
    out = f"s3://fruits-out/random-{outage_seconds}-{number}"
    proxy.reset()
    proxy.set_faults(_plan(number, outage_seconds), seed=SEED + number)
    ends = []
    for _ in range(2):
        done = run("run", "s3://fruits/few", "-o", out, *SMALL, exit_code=None)
        ends.append({"exit_code": done.returncode, "stderr": done.stderr.strip()})
        if done.returncode == 0:
            break
    injected = proxy.stats()["faults"]
    proxy.set_faults([])
    result = {"number": number, "injected": injected, "ends": ends, "problems": []}
    if ends[0]["exit_code"] != 0 and not ENDING & set(injected):
        result["problems"].append(f"a restart was needed: {ends[0]['stderr']}")
    if done.returncode != 0:
        result["problems"].append(f"exit codes {[end['exit_code'] for end in ends]}: {done.stderr.strip()}")
        return result
    counts = run.counts(out)
    result["rows_lost"] = 60 - counts["features"]
    if run.csv(out) != expected:
        result["problems"].append("pca_result.csv differs")
    if run.rows(out, "rejected.csv"):
        result["problems"].append(f"rejected: {run.rows(out, 'rejected.csv')}")
    if not run.status(out).startswith("finished: 60 of 60"):
        result["problems"].append(f"status: {run.status(out)}")
    return result


def _outcomes(fruits, server, numbers, outage_seconds: float, expected: bytes) -> list[dict]:
    lane = threading.local()
    proxies = []

    def work(number):
        return _outcome(fruits, lane.proxy, number, outage_seconds, expected)

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
    return "went on to 0" if exit_codes == [0] else f"ended with {exit_codes[0]}, restarted to {exit_codes[-1]}"


def _table(outcomes: list[dict]) -> list[dict]:
    """By fault: how often it was injected, in how many runs, what those without an ending one did, and what was lost."""
    table = []
    for kind, name in NAMES.items():
        runs = [outcome for outcome in outcomes if outcome["injected"].get(kind)]
        # What another one ended is counted there.
        own = [outcome for outcome in runs if kind in ENDING or not ENDING & set(outcome["injected"])]
        did = collections.Counter(_words([end["exit_code"] for end in outcome["ends"]]) for outcome in own)
        table.append({
            "fault": name,
            "injected": sum(outcome["injected"][kind] for outcome in runs),
            "runs": len(runs),
            "did": dict(did),
            "rows_lost": sum(outcome.get("rows_lost", 60) for outcome in runs),
        })  # fmt: skip
    return table


def _report(root_dir, outcomes: list[dict], outage_seconds: float) -> None:
    table = _table(outcomes)
    file = root_dir / "build/test-logs/s3-faults.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    record = {"runs": len(outcomes), "seed": SEED, "outage_seconds": outage_seconds, "faults": table, "outcomes": outcomes}
    file.write_text(json.dumps(record, indent=1) + "\n")
    print(f"\n{len(outcomes)} runs over 60 photos, seed {SEED}, outages of {outage_seconds} s")
    for row in table:
        did = ", ".join(f"{count} {what}" for what, count in row["did"].items())
        print(f"{row['fault']:45} injected {row['injected']:5} in {row['runs']:3} runs; {did}; rows lost {row['rows_lost']}")


@pytest.mark.parametrize(
    ("runs", "outage_seconds"), [(20, 2), pytest.param(200, 20, marks=pytest.mark.slow)], ids=["20 runs", "200 runs"]
)
def test_every_run_ends_with_the_right_results(fruits, server, few_csv, root_dir, runs, outage_seconds):
    outcomes = _outcomes(fruits, server, range(runs), outage_seconds, few_csv)
    _report(root_dir, outcomes, outage_seconds)
    problems = [(outcome["number"], outcome["problems"], outcome["injected"]) for outcome in outcomes if outcome["problems"]]
    assert not problems, "\n".join(map(str, problems))
    # Each fault did occur.
    assert all(row["injected"] > 0 for row in _table(outcomes)), _table(outcomes)
