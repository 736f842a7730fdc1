"""fruits plan: what photos take and cost, before they are computed."""

import dataclasses
import fcntl
import json
import os
import pathlib
import signal

import pytest

HEADER = "type,vcpu,threads_per_core,memory_gib,isa,on_demand,spot,emr,region,source,date,verified"
ROW = "big.machine,16,1,64,avx512_vnni,1.0,0.4,0.25,eu-west-3,a page,2026-11-26,true"


@pytest.fixture(scope="module")
def photos(chain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan") / "photos"
    chain("samples", folder, "--kinds", 10, "--photos", 10)
    return folder


@pytest.fixture
def prices(tmp_path):
    def write(*rows: str) -> pathlib.Path:
        file = tmp_path / "prices.csv"
        file.write_text("\n".join(["# mine", HEADER, *rows]) + "\n")
        return file

    return write


@pytest.fixture(scope="module")
def plan(chain, photos, tmp_path_factory):
    """The plan of one measurement, as JSON; nothing of it is left."""
    scratch = tmp_path_factory.mktemp("scratch")
    chain.env["TMPDIR"] = str(scratch)
    try:
        done = chain("plan", photos, "--images", 10_000_000, "--deadline", "2h", "--sample", 60, "--json")
    finally:
        del chain.env["TMPDIR"]
    assert not list(scratch.iterdir())
    return json.loads(done.stdout)


def test_what_was_measured_adds_up(plan):
    f32, int8 = plan["costs"]
    assert f32["precision"] == "f32" and f32["measured"] and 24 <= f32["photos"] <= 60
    assert int8["precision"] == "int8" and (int8["measured"] or int8["reason"])
    for cost in (f32, int8):
        here = cost["start_seconds"] + cost["fit_seconds"] + cost["finish_seconds"]
        here += 1e7 * (cost["photo_seconds"] + cost["after_seconds"]) + 1e5 * cost["picture_seconds"]
        assert cost["here_seconds"]["expected"] == pytest.approx(here)
        assert 0 < cost["core_seconds"] <= 1.5 * cost["photo_seconds"] * plan["machine"]["cpus"]
        assert 0 < cost["carried_seconds"] <= cost["start_seconds"] + cost["fit_seconds"] + cost["finish_seconds"] + 1e-9
        assert cost["cpu_share"] == pytest.approx(cost["core_seconds"] / (plan["machine"]["cpus"] * cost["photo_seconds"]))
        assert 0.1 <= cost["network_share"] <= 1 and cost["photo_bytes"] > 1000 and cost["result_bytes"] > 1280 * 2


def test_a_busy_machine_is_told(plan):
    """Whether it is one, the tests cannot say."""
    share = min(cost["cpu_share"] for cost in plan["costs"] if cost["measured"])
    if "warning" in plan:
        assert f"busy with other work ({100 * share:.0f} % of it was ours): measure again" in plan["warning"] and share < 0.5


def test_every_set_up_in_both_arithmetics(plan):
    offers = {(offer["setup"], offer["precision"]): offer for offer in plan["offers"]}
    assert list(offers) == [(s, p) for s in ("one machine", "Spark standalone", "EMR") for p in ("f32", "int8")]
    for offer in offers.values():
        assert offer["seconds"]["low"] < offer["seconds"]["expected"] < offer["seconds"]["high"]
        assert offer["usd"]["low"] < offer["usd"]["expected"] < offer["usd"]["high"] and offer["verified"] is False
        assert offer["region"] == "eu-west-3"
        assert offer["in_time"] == (offer["seconds"]["high"] <= 7200.5)
        if offer["setup"] == "EMR" and offer["workers"] == 2:  # core nodes are on demand
            assert "usd_spot" not in offer
        else:
            assert offer["usd_spot"]["expected"] < offer["usd"]["expected"]
    cluster = offers["Spark standalone", "f32"]
    assert cluster["workers"] >= 2 and cluster["master"] and offers["EMR", "f32"]["usd"]["expected"] > cluster["usd"]["expected"]
    emr = offers["EMR", "f32"]
    assert emr["order"] == (
        f"deploy/emr/up --wheel dist/fruits-*.whl --region eu-west-3 --primary-instance-type {emr['master']} --instance-type {emr['type']} "
        f"--max-nodes {emr['workers']}"
    )
    assert "order" not in cluster
    # On a machine that is slow just now nothing may be done in two hours.
    if any(offer["in_time"] for offer in offers.values()):
        assert plan["offers"][plan["recommended"]]["in_time"]
    else:
        assert plan["recommended"] is None
    assert all(row["source"] and row["date"] and row["verified"] is False for row in plan["prices"]["types"])


def test_text_says_what_it_is_sure_of(chain, photos):
    out = chain("plan", photos, "--images", 90380, "--sample", 24, "--price-per-hour", "0.1").stdout
    for words in ("measured here", "90,380 photos", "one machine", "Spark standalone", "EMR", "Recommended: ", "unverified",
                  "eu-west-3", "boot_seconds = 120", "EMR in f32 is ordered by: deploy/emr/up"):  # fmt: skip
        assert words in out, out


def test_a_table_of_ones_own_and_other_assumptions(chain, photos, prices):
    file = prices(ROW, ROW.replace("big", "other").replace(",0.25,", ",,"))
    out = chain("plan", photos, "--images", 1000, "--sample", 24, "--precision", "f32", "--prices", file, "--engine", "emr",
                "--assume", "emr_start_seconds=3600", "--assume", "s3_get_price_per_million=0", "--json").stdout  # fmt: skip
    plan = json.loads(out)
    (offer,) = plan["offers"]
    assert offer["type"] == offer["master"] == "big.machine" and offer["verified"] is True
    assert 3600 < offer["seconds"]["expected"] < 3800
    hourly = 3 * 1.25
    # 15 minutes more, in which it is idle.
    assert offer["usd"]["expected"] == pytest.approx(hourly * (offer["seconds"]["expected"] + 900) / 3600)
    assert plan["assumptions"]["emr_idle_seconds"] == 900
    assert plan["assumptions"]["emr_start_seconds"] == 3600
    assert [cost["precision"] for cost in plan["costs"]] == ["f32"]


def test_one_instance_of_the_table(chain, photos):
    out = chain("plan", photos, "--images", 1000, "--sample", 24, "--precision", "f32", "--instance", "m5.xlarge", "--json").stdout
    assert {offer["type"] for offer in json.loads(out)["offers"]} == {"m5.xlarge"}


def test_a_type_in_two_regions(chain, photos, prices):
    """Both are candidates, and a cluster is of one."""
    file = prices(
        ROW.replace("big.machine,16", "small.driver,8").replace(",64,", ",7,").replace(",1.0,", ",0.1,"),
        ROW,
        ROW.replace(",1.0,0.4,", ",0.5,0.2,").replace("eu-west-3", "us-east-1"),
    )
    arguments = ["plan", photos, "--images", 1000, "--sample", 24, "--precision", "f32", "--prices", file]
    plan = json.loads(chain(*arguments, "--instance", "big.machine", "--json").stdout)
    assert len(plan["prices"]["types"]) == 2
    assert {(offer["type"], offer["region"]) for offer in plan["offers"]} == {("big.machine", "us-east-1")}
    out = chain(*arguments, "--engine", "emr").stdout  # the driver that is cheapest is in the dearer region
    assert "big.machine + 2 x big.machine in us-east-1" in out, out
    assert "--region us-east-1 --primary-instance-type big.machine --instance-type big.machine " in out, out


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (ROW.replace(",16,", ",sixteen,"), ["line 3", "vcpu", "'sixteen'", "a whole number"]),
        (ROW.replace("avx512_vnni", "sse9"), ["line 3", "isa", "'sse9'", "avx2"]),
        (ROW.replace("1.0", "$1"), ["line 3", "on_demand", "'$1'", "a number"]),
        (ROW.replace("true", "yes"), ["line 3", "verified", "'yes'", "true or false"]),
        (ROW.replace("2026-11-26", "today"), ["line 3", "date", "'today'", "2026-11-26"]),
        (ROW.replace("2026-11-26", "2026-02-30"), ["line 3", "date", "'2026-02-30'", "2026-11-26"]),
        (ROW.replace("big.machine", "big.machine;reboot"), ["line 3", "type", "'big.machine;reboot'", "c6i.xlarge"]),
        (ROW.replace("eu-west-3", "$(reboot)"), ["line 3", "region", "'$(reboot)'", "eu-west-3"]),
        (f"{ROW}\n{ROW}", ["line 4", "expected big.machine once in eu-west-3"]),
        ("a,b", ["line 3", "12 cells, found 2"]),
    ],
)
def test_a_bad_row_is_refused(chain, photos, prices, row, words):
    file = prices(row)
    done = chain("plan", photos, "--images", 1000, "--prices", file, exit_code=2)
    assert done.stdout == ""
    for word in ("--prices", str(file), *words):
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "words"),
    [
        (["--images", "0"], 2, "--images '0'"),
        (["--images", "many"], 2, "--images 'many'"),
        (["--images", "-5"], 2, "--images"),
        ([], 2, "--images"),
        (["--images", "9", "--deadline", "soon"], 2, "--deadline 'soon': expected a time like 2h"),
        (["--images", "9", "--deadline", "2"], 2, "--deadline '2'"),
        (["--images", "9", "--deadline", "0h"], 2, "--deadline '0h'"),
        (["--images", "9", "--deadline", ""], 2, "--deadline: '': expected a time like 2h"),
        (["--images", "9", "--prices", ""], 2, "--prices: '': expected a file"),
        (["--images", "9", "--models", ""], 2, "--models: '': expected a folder"),
        (["--images", "9", "--engine", "hadoop"], 2, "--engine"),
        (["--images", "9", "--assume", "boot_seconds"], 2, "NAME=VALUE"),
        (["--images", "9", "--assume", "boots=1"], 2, "boot_seconds"),
        (["--images", "9", "--assume", "boot_seconds=-1"], 2, "from 0 to 3600"),
        (["--images", "9", "--instance", "m9.tiny"], 2, "--instance m9.tiny"),
        (["--images", "9", "--prices", "/no/such/file.csv"], 1, "/no/such/file.csv"),
        (["--images", "9", "--precision", "f16"], 2, "--precision"),
        (["--images", "9", "--sample", "1"], 2, "--sample"),
        (["--images", "9", "--seconds", "nan"], 2, "--seconds: 'nan': expected a number from 1 to 86400"),
        (["--images", "9", "--deadline", "nanh"], 2, "--deadline 'nanh'"),
        (["--images", "9", "--model", "nothing"], 1, "nothing"),
        (["--images", "90000", "--pooling", "none"], 2, "20000"),
    ],
)
def test_a_wrong_value_is_refused_before_anything_is_measured(chain, photos, arguments, exit_code, words):
    done = chain("plan", photos, *arguments, exit_code=exit_code)
    assert words in done.stderr and "measuring" not in done.stderr and done.stdout == ""


def test_too_few_photos_to_measure_on(chain, photos, tmp_path):
    (tmp_path / "few").mkdir()
    for photo in sorted(photos.rglob("*.jpg"))[:5]:
        os.link(photo, tmp_path / "few" / photo.name)
    done = chain("plan", tmp_path / "few", "--images", 9, "--precision", "f32", exit_code=2)
    assert "at least 8 photos" in done.stderr


def test_so_few_and_fast_that_no_rate_is_seen(chain, photos, tmp_path):
    (tmp_path / "few").mkdir()
    for photo in sorted(photos.rglob("*.jpg"))[:9]:
        os.link(photo, tmp_path / "few" / f"{photo.parent.name}-{photo.name}")
    out = chain("plan", tmp_path / "few", "--images", 10_000_000, "--precision", "f32", "--input-size", 32, "--json").stdout
    (cost,) = json.loads(out)["costs"]
    assert 1e-5 < cost["photo_seconds"] < 1 and 1e-5 < cost["core_seconds"] < 1


def test_more_threads_than_cores_are_no_more_cores(chain, photos):
    out = chain("plan", photos, "--images", 9, "--precision", "f32", "--sample", 24, "--threads", 500, "--json").stdout
    assert json.loads(out)["machine"]["cpus"] == len(os.sched_getaffinity(0))


def test_what_is_too_late_is_not_ordered(chain, photos):
    arguments = ["plan", photos, "--images", 1000, "--precision", "f32", "--sample", 24, "--engine", "emr"]
    late = chain(*arguments, "--deadline", "1s").stdout
    assert "Recommended: none" in late and "too late" in late and "is ordered by" not in late
    # Without a deadline nothing is late.
    assert "is ordered by" in chain(*arguments, "--assume", "soft_deadline_hours=0.01").stdout


def test_what_a_killed_plan_left_goes_at_the_next(chain, photos, tmp_path):
    own = dataclasses.replace(chain, env={**chain.env, "TMPDIR": str(tmp_path)})
    arguments = ["plan", photos, "--images", 9, "--precision", "f32", "--sample", 24]
    killed = own.start(*arguments)
    for line in killed.stderr:
        if "measuring" in line:
            break
    killed.kill()
    killed.communicate()
    assert len(list(tmp_path.glob("fruits-plan-*"))) == 1
    held, other = tmp_path / "fruits-plan-living", tmp_path / "fruits-plan-results"
    for folder in (held, other):
        (folder / "probe").mkdir(parents=True)
    lock = os.open(held, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        own(*arguments)
    finally:
        os.close(lock)
    assert set(tmp_path.iterdir()) == {held, other} and (held / "probe").exists()


def test_a_stopped_plan_leaves_nothing_and_promises_nothing(chain, photos, tmp_path):
    own = dataclasses.replace(chain, env={**chain.env, "TMPDIR": str(tmp_path)})
    process = own.start("plan", photos, "--images", 9, "--precision", "f32", "--sample", 24)
    for line in process.stderr:
        if "measuring" in line:
            break
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate()
    assert process.returncode == 130 and "goes on" not in rest
    if "stopped at once" in rest:  # a machine so slow that it did not end by itself
        assert "the same command starts anew" in rest
    else:
        assert not list(tmp_path.iterdir())


def test_without_a_deadline_the_slow_are_recommended_too(chain, photos):
    arguments = ["plan", photos, "--images", 10_000_000, "--precision", "f32", "--sample", 24, "--engine", "local"]
    out = chain(*arguments, "--instance", "m5.xlarge", "--assume", "soft_deadline_hours=1").stdout
    assert "too late" not in out and "Recommended: one machine" in out and "none is done within 1 hours" in out
    out = chain(*arguments, "--instance", "m5.xlarge", "--deadline", "1h").stdout
    assert "too late" in out and "Recommended: none" in out


def test_more_photos_than_any_set_up_holds(chain, photos):
    out = chain("plan", photos, "--images", 1_000_000_000, "--precision", "f32", "--sample", 24, "--engine", "emr", "--instance",
                "m5.xlarge").stdout  # fmt: skip
    assert "Recommended: none; no set-up can take these photos in f32: EMR: no type of the table has" in out, out
    assert "24 hours" not in out


def test_photos_that_are_not_there(chain, tmp_path):
    done = chain("plan", tmp_path / "nowhere", "--images", 9, exit_code=1)
    assert "nowhere" in done.stderr and done.stdout == ""
