"""Each fault alone: what the run does, and that the same command then has everything.

Faults at random are in test_random_faults.py.
"""

import contextlib
import os
import pathlib
import platform
import re
import resource
import signal
import subprocess
import tempfile
import time

import pyarrow.parquet as pq
import pytest

from support.chain import parts
from support.s3_runs import PART_ROWS, SMALL, gets_by_key, path_of, wait_until

FEW = "s3://fruits/few"
MANY = "s3://fruits/many"
MANY_PHOTOS = 2200  # the first of them: four whole parts and some
LATE_KIND = "Pear"  # in the last tenth of them
WORDS = (*SMALL, "--limit", str(MANY_PHOTOS))

@pytest.fixture(scope="module")
def some_csv(direct, tmp_path_factory):
    folder = tmp_path_factory.mktemp("some-csv") / "results"
    direct("run", MANY, "-o", folder, *WORDS)
    return direct.csv(folder)


# What works at a later try: rates are of all requests, reads and writes.
PASSING = {
    "503": {"rate": 0.2},
    "500": {"rate": 0.2},
    "reset": {"rate": 0.2},
    "lost": {"rate": 0.2},
    "cut": {"rate": 0.2},
    "timeout": {"rate": 0.06, "seconds": 0.4},
    "slow": {"rate": 0.1, "seconds": 0.4},
}


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_tried_again(run, proxy, out, few_csv, kind):
    proxy.set_faults([{"kind": kind, **PASSING[kind]}], seed=5)
    run("run", FEW, "-o", out, *SMALL)
    assert proxy.stats()["faults"][kind] >= 5
    proxy.set_faults([])
    assert run.csv(out) == few_csv
    assert run.counts(out)["rejected"] == 0 and run.status(out).startswith("finished")
    run.assert_whole(out)


@pytest.mark.parametrize("operation", ["LIST", "GET", "HEAD", "PUT", "DELETE"])
def test_every_operation_is_tried_again(run, proxy, out, few_csv, operation):
    """The first two requests of every key fail, in two ways."""
    kinds = ["lost", "503"]
    proxy.set_faults([{"kind": kind, "first": n + 1, "match": {"method": operation}} for n, kind in enumerate(kinds)])
    run("run", FEW, "-o", out, *SMALL)
    assert set(proxy.stats()["faults"]) == set(kinds)
    proxy.set_faults([])
    assert run.csv(out) == few_csv
    run.assert_whole(out)


@pytest.mark.slow
def test_a_server_that_is_silent_is_left_after_a_while(run, proxy, out, few_csv):
    proxy.set_faults([{"kind": "timeout", "seconds": 60, "max": 3, "match": {"method": "GET", "key": "^/fruits/few/"}}])
    started = time.monotonic()
    run("run", FEW, "-o", out, *SMALL)
    assert 14 <= time.monotonic() - started <= 40  # no byte for 15 s
    assert run.csv(out) == few_csv


def test_a_photo_that_is_gone_is_a_rejected_row(run, proxy, out, few_csv, few_names):
    gone = few_names[17]
    proxy.set_faults([{"kind": "404", "match": {"method": "GET", "key": f"/few/{gone.replace(' ', '%20')}$"}}])
    run("run", FEW, "-o", out, *SMALL, exit_code=3)  # one of 60 is more than 1 %
    rejected = run.rows(out, "rejected.csv")
    assert [(row["path"], row["stage"]) for row in rejected] == [(path_of("fruits", f"few/{gone}"), "read")]
    assert "no such key" in rejected[0]["reason"]
    assert [row["path"] for row in run.rows(out)] == [path_of("fruits", f"few/{n}") for n in few_names if n != gone]
    assert run.counts(out)["rejected"] == 1
    # Once it is there, the same command reads that one alone.
    proxy.set_faults([])
    proxy.reset()
    run("run", FEW, "-o", out, *SMALL)
    assert gets_by_key(proxy.stats(per_key=True), "/fruits/few/") == {f"/fruits/few/{gone}": 1}
    assert run.csv(out) == few_csv and run.counts(out)["computed"] == 1


@pytest.mark.parametrize("target", ["bucket", pytest.param("local", marks=pytest.mark.slow)])
def test_no_access_to_photos_ends_the_run_which_can_go_on(run, proxy, out, some_csv, tmp_path, target):
    out = out if target == "bucket" else tmp_path / "results"
    proxy.set_faults([{"kind": "403", "match": {"method": "GET", "key": f"^/fruits/many/{LATE_KIND}/"}}])
    done = run("run", MANY, "-o", out, *WORDS, exit_code=1)
    assert "no access; these credentials lack the permission" in done.stderr and "s3://fruits/many/" in done.stderr
    stored = int(re.match(r"unfinished: (\d+) rows and 0 rejected", run.status(out))[1])
    assert stored >= PART_ROWS
    _goes_on(run, proxy, out, some_csv, stored)


def _goes_on(run, proxy, out, expected, stored):
    """The same command, with no fault, computes what is not stored and no more."""
    proxy.set_faults([])
    run("run", MANY, "-o", out, *WORDS)
    counts = run.counts(out)
    assert (counts["photos"], counts["computed"], counts["rejected"]) == (MANY_PHOTOS, MANY_PHOTOS - stored, 0)
    assert run.csv(out) == expected
    run.assert_whole(out)


@pytest.mark.parametrize("missing", ["input", "output"])
def test_no_bucket(run, proxy, out, tmp_path, missing):
    words = ("s3://fruits-nowhere/photos", "-o", out) if missing == "input" else (FEW, "-o", "s3://fruits-nowhere/out")
    done = run("run", *words, *SMALL, exit_code=1)
    assert "s3://fruits-nowhere" in done.stderr and "no such bucket" in done.stderr
    assert not gets_by_key(proxy.stats(per_key=True), "/fruits/few/")


def test_an_outage_is_waited_for(run, proxy, out, few_csv):
    proxy.set_faults([{"kind": "outage", "seconds": 2, "start_after_requests": 30}])
    run("run", FEW, "-o", out, *SMALL)
    stats = proxy.stats()
    assert stats["faults"] == {"outage": 1} and stats["refused"] >= 10
    assert run.csv(out) == few_csv and run.counts(out)["rejected"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("target", ["bucket", "local"])
def test_a_long_outage_in_mid_run_is_waited_for(run, proxy, out, some_csv, tmp_path, target):
    out = out if target == "bucket" else tmp_path / "results"
    proxy.set_faults([{"kind": "outage", "seconds": 20, "start_after_requests": 1200}])
    run("run", MANY, "-o", out, *WORDS)
    assert proxy.stats()["faults"] == {"outage": 1}
    counts = run.counts(out)
    assert run.csv(out) == some_csv and (counts["computed"], counts["rejected"]) == (MANY_PHOTOS, 0)


def test_a_server_that_dies_and_comes_back_is_waited_for(run, proxy, server, out, some_csv):
    process = run.start("run", MANY, "-o", out, *WORDS)
    try:
        wait_until(lambda: proxy.requests("GET")["requests"] >= 1000, "1,000 photos to be read")
        server.kill()
        time.sleep(2)
    finally:
        server.restart()
    done = run.finish(process)
    assert done.returncode == 0, done.stderr
    assert proxy.stats()["target_failures"] >= 10
    assert run.csv(out) == some_csv and run.counts(out)["computed"] == MANY_PHOTOS
    assert run.counts(out)["rejected"] == 0


def test_a_photo_replaced_between_listing_and_reading_is_the_new_one(run, proxy, server, out, few_photos, few_names):
    base = out.removeprefix("s3://fruits-out/")
    for name in few_names:
        server.put("fruits", f"{base}/{name}", (few_photos / name).read_bytes())
    changed, other = few_names[21], few_names[22]
    new = (few_photos / few_names[55]).read_bytes()
    # Its first request is held until it is replaced, then lost.
    path = f"/{base}/{changed.replace(' ', '%20')}$"
    proxy.set_faults([{"kind": "timeout", "seconds": 1, "first": 1, "match": {"method": "GET", "key": path}}])
    process = run.start("run", f"s3://fruits/{base}", "-o", out, *SMALL)
    key = f"/fruits/{base}/{changed}"
    wait_until(lambda: gets_by_key(proxy.stats(per_key=True), key), "the photo to be asked for")
    etag = server.put("fruits", f"{base}/{changed}", new)
    done = run.finish(process)
    assert done.returncode == 0, done.stderr
    assert proxy.stats()["faults"] == {"timeout": 1}

    part = pq.read_table(parts(pathlib.Path(server.data) / "fruits-out" / base)[0])
    rows = {row["path"].removeprefix(f"s3://fruits/{base}/"): row for row in part.to_pylist()}
    assert rows[changed]["etag"] == etag.strip('"') and rows[changed]["size_bytes"] == len(new)
    assert rows[changed]["features"] == rows[few_names[55]]["features"] != rows[other]["features"]
    before = run.csv(out)
    run("run", f"s3://fruits/{base}", "-o", out, *SMALL)
    assert run.counts(out)["computed"] == 0 and run.csv(out) == before
    # And equal to a run that never saw the old one.
    run("run", f"s3://fruits/{base}", "-o", f"{out}-fresh", *SMALL)
    assert run.csv(f"{out}-fresh") == before


def _can_mount() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        words = ["mount", "-t", "tmpfs", "-o", "size=1m", "fruits-test", folder]
        if subprocess.run(words, capture_output=True).returncode != 0:
            return False
        subprocess.run(["umount", folder], check=True)
        return True


def _limit_files(size_bytes: int):
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full disk sends no signal either
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))

    return prepare


@pytest.mark.parametrize("size_mb", [2, 6], ids=["in a part", "in the results"])
def test_a_file_that_cannot_grow_ends_the_run_which_can_go_on(run, proxy, some_csv, tmp_path, size_mb):
    """A limit on files: the first part has 2.6 MB, the fitted tensors 6.6 MB."""
    out = tmp_path / "results"
    done = run("run", MANY, "-o", out, *WORDS, exit_code=1, preexec_fn=_limit_files(size_mb << 20), restore_signals=False)
    assert "features/part-000000-" in done.stderr if size_mb == 2 else "fitted/tensors.safetensors" in done.stderr
    assert "File too large" in done.stderr
    assert not [p for p in out.rglob("*") if p.is_file() and p.stat().st_size > size_mb << 20]
    _goes_on(run, proxy, out, some_csv, 0 if size_mb == 2 else MANY_PHOTOS)


# Where no file system may be mounted, the test above is what remains.
if os.geteuid() == 0 and _can_mount():

    def test_a_full_disk_ends_the_run_which_can_go_on(run, proxy, some_csv, tmp_path):
        disk = tmp_path / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=5m", "fruits-test", disk], check=True)
        try:
            out = disk / "results"
            done = run("run", MANY, "-o", out, *WORDS, exit_code=1)
            assert "No space left on device" in done.stderr and f"{out}/features/part-000001-" in done.stderr
            assert run.status(out).startswith(f"unfinished: {PART_ROWS} rows")
            subprocess.run(["mount", "-o", "remount,size=200m", disk], check=True)
            _goes_on(run, proxy, out, some_csv, PART_ROWS)
        finally:
            subprocess.run(["umount", disk], check=True)


def test_an_output_that_cannot_be_written_ends_the_run_before_any_photo(run, proxy, out):
    proxy.set_faults([{"kind": "403", "match": {"method": "PUT"}}])
    done = run("run", FEW, "-o", out, *SMALL, exit_code=1)
    assert "no access" in done.stderr and out in done.stderr and "--output" in done.stderr
    assert not gets_by_key(proxy.stats(per_key=True), "/fruits/few/")


def test_an_output_that_turns_read_only_ends_the_run_which_can_go_on(run, proxy, out, some_csv):
    proxy.set_faults([{"kind": "403", "match": {"method": "PUT", "key": "part-000001"}}])
    done = run("run", MANY, "-o", out, *WORDS, exit_code=1)
    assert "no access" in done.stderr and "part-000001" in done.stderr
    _goes_on(run, proxy, out, some_csv, PART_ROWS)


@pytest.mark.parametrize("target", ["bucket", "local"])
def test_of_two_runs_on_one_output_the_second_is_refused(run, proxy, out, few_csv, tmp_path, target):
    out = out if target == "bucket" else tmp_path / "results"
    proxy.set_faults([{"kind": "timeout", "seconds": 1.2, "max": 1, "match": {"method": "GET", "key": "^/fruits/few/"}}])
    first = run.start("run", FEW, "-o", out, *SMALL)
    wait_until(lambda: gets_by_key(proxy.stats(per_key=True), "/fruits/few/"), "the first run to read photos")
    for command in ("run", "extract"):
        words = SMALL if command == "run" else SMALL[:3]
        second = run(command, FEW, "-o", out, *words, exit_code=1)
        assert f"process {first.pid} on {platform.node()}" in second.stderr and str(out) in second.stderr
    done = run.finish(first)
    assert done.returncode == 0, done.stderr
    assert run.csv(out) == few_csv
    run("run", FEW, "-o", out, *SMALL)  # the lease is free again


def test_the_lease_of_a_killed_run_is_taken_over_at_once(run, proxy, server, out, few_csv):
    proxy.set_faults([{"kind": "timeout", "seconds": 30, "max": 1, "match": {"method": "GET", "key": "^/fruits/few/"}}])
    first = run.start("run", FEW, "-o", out, *SMALL)
    wait_until(lambda: gets_by_key(proxy.stats(per_key=True), "/fruits/few/"), "the first run to read photos")
    first.kill()
    run.finish(first)
    proxy.set_faults([])
    bucket, lease = "fruits-out", f"{out.removeprefix('s3://fruits-out/')}/_run/lease.json"
    assert f"process {first.pid} ".encode() in server.read(bucket, lease)
    assert run.status(out).startswith("unfinished")
    run("run", FEW, "-o", out, *SMALL)
    assert run.csv(out) == few_csv
    assert lease not in server.list_keys(bucket)


def test_the_lease_of_another_machine_is_respected_until_it_expires(run, server, out, few_csv):
    lease = f"{out.removeprefix('s3://fruits-out/')}/_run/lease.json"
    text = b'{"holder": "process 7 on elsewhere", "run_id": "x", "process": "other/boot/7/7", "expires_seconds": 1.5}'
    server.put("fruits-out", lease, text)
    done = run("run", FEW, "-o", out, *SMALL, exit_code=1)
    assert "in use by process 7 on elsewhere" in done.stderr
    assert run.status(out).startswith("running: process 7 on elsewhere")
    time.sleep(4.5)  # one and a half, and 2 s for clocks that tell whole seconds
    run("run", FEW, "-o", out, *SMALL)
    assert run.csv(out) == few_csv


@pytest.mark.slow
def test_a_run_that_lost_its_lease_writes_nothing_more(run, proxy, server, out):
    # A photo is held until the next renewal, 20 s after the start, is past.
    one = {"method": "GET", "key": "^/fruits/few/Banana/0_"}
    proxy.set_faults([{"kind": "timeout", "seconds": 9, "first": 3, "match": one}])
    process = run.start("run", FEW, "-o", out, *SMALL)
    wait_until(lambda: gets_by_key(proxy.stats(per_key=True), "/fruits/few/"), "photos to be read")
    lease = f"{out.removeprefix('s3://fruits-out/')}/_run/lease.json"
    text = b'{"holder": "process 7 on elsewhere", "run_id": "x", "process": "other/boot/7/7", "expires_seconds": 60}'
    server.put("fruits-out", lease, text)
    done = run.finish(process)
    assert done.returncode == 1 and "was taken by process 7 on elsewhere" in done.stderr, done.stderr
    assert server.read("fruits-out", lease) == text
    keys = server.list_keys("fruits-out", f"{lease.split('/')[0]}/")
    assert not [key for key in keys if "part-" in key or key.endswith("run.json")]


def test_a_stop_in_mid_outage_ends_at_once(run, proxy, out, few_csv):
    proxy.set_faults([{"kind": "outage", "seconds": 100, "start_after_requests": 40}])
    process = run.start("run", FEW, "-o", out, *SMALL)
    wait_until(lambda: proxy.stats()["refused"] >= 20, "the outage")
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    # What lies between the signal and the end may need the server, which comes back.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(1)
    proxy.set_faults([])
    done = run.finish(process)
    assert done.returncode == 130, done.stderr
    assert time.monotonic() - started < 20
    run("run", FEW, "-o", out, *SMALL)
    assert run.csv(out) == few_csv
