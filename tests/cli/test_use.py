"""What a run took: photos, core-hours, and its cost where a price is known."""

import json
import re

import pytest


@pytest.fixture(scope="module")
def photos(chain, tmp_path_factory):
    folder = tmp_path_factory.mktemp("use") / "photos"
    chain("samples", folder, "--kinds", 4, "--photos", 3)
    return folder


def use_of(folder):
    record = json.loads((folder / "run.json").read_text())
    return record["use"], record["seconds"]["total"]


def test_a_run_says_its_core_hours(chain, photos, tmp_path):
    done = chain("run", photos, "-o", tmp_path / "out", "--components", 2)
    use, total = use_of(tmp_path / "out")
    assert use["core_hours"] == pytest.approx(use["cores"] * total / 3600, rel=0.05)
    assert 0 < use["cpu_seconds"] < 100 * use["cores"] * total
    assert "cost" not in use and "price_per_hour" not in use
    assert re.search(r"^12 photos, [\d.e-]+ core-hours \(\d+ cores, \d+ % busy\)$", done.stderr, re.M), done.stderr


def test_with_a_price_also_its_cost(chain, photos, tmp_path):
    done = chain("extract", photos, "-o", tmp_path / "out", "--price-per-hour", "360")
    use, total = use_of(tmp_path / "out")
    assert use["price_per_hour"] == 360 and use["cost"] == pytest.approx(0.1 * total, rel=0.05)
    assert "at 360 an hour" in done.stderr and "a million photos" in done.stderr


def test_the_price_may_come_from_the_environment_and_the_flag_wins(chain, photos, tmp_path):
    chain.env["FRUITS_PRICE_PER_HOUR"] = "7"
    try:
        chain("extract", photos, "-o", tmp_path / "out")
        assert use_of(tmp_path / "out")[0]["price_per_hour"] == 7
        chain("extract", photos, "-o", tmp_path / "other", "--price-per-hour", "8")
        assert use_of(tmp_path / "other")[0]["price_per_hour"] == 8
        chain.env["FRUITS_PRICE_PER_HOUR"] = "cheap"
        refused = chain("extract", photos, "-o", tmp_path / "third", exit_code=2)
        assert "FRUITS_PRICE_PER_HOUR" in refused.stderr and "'cheap'" in refused.stderr
    finally:
        del chain.env["FRUITS_PRICE_PER_HOUR"]


@pytest.mark.parametrize("price", ["-1", "nan", "0.2USD", "1e9", ""])
def test_a_bad_price_is_refused(chain, photos, tmp_path, price):
    refused = chain("run", photos, "-o", tmp_path / "out", f"--price-per-hour={price}", exit_code=2)
    assert "--price-per-hour" in refused.stderr and not (tmp_path / "out").exists()
