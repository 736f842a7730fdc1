"""What cannot be listed hides photos: it is told, counted, and never the loss of stored rows."""

import csv
import pathlib

import pytest

from support.chain import run_json


def rejected(out: pathlib.Path) -> list[dict]:
    return list(csv.DictReader((out / "rejected.csv").open(newline="", encoding="utf-8")))


@pytest.fixture
def broken(tmp_path) -> pathlib.Path:
    path = tmp_path / "broken.tar"
    path.write_bytes(b"this is not an archive\n" * 100)
    return path


def test_a_broken_archive_is_a_row_and_weighs_as_one_photo(fruits, few_photos, broken, tmp_path):
    out = tmp_path / "out"
    done = fruits("run", few_photos, broken, "-o", out, exit_code=3)  # 1 of 61
    (row,) = rejected(out)
    assert (row["path"], row["stage"]) == (broken.as_uri(), "list") and row["reason"] in done.stderr
    assert "0 of 60 photos were rejected and 1 could not be listed, more than --max-rejected 0.01" in done.stderr
    record = run_json(out)
    assert record["too_many_rejected"] and record["counts"]["photos"] == record["counts"]["features"] == 60
    fruits("run", few_photos, broken, "-o", out, "--max-rejected", "2%")


def test_on_error_fail_does_not_take_a_part_of_the_photos_for_all(fruits, few_photos, broken, tmp_path):
    done = fruits("run", few_photos, broken, "-o", tmp_path / "out", "--on-error", "fail", exit_code=1)
    assert broken.as_uri() in done.stderr and "--on-error fail" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_limit_does_not_drop_what_a_longer_run_computed(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out, "--limit", 12)
    fruits("run", few_photos, "-o", out)
    before = (out / "pca_result.csv").read_bytes()
    done = fruits("run", few_photos, "-o", out, "--limit", 12, exit_code=1)
    assert "--limit 12" in done.stderr and "holds 48 rows" in done.stderr
    assert (out / "pca_result.csv").read_bytes() == before and run_json(out)["counts"]["photos"] == 60
    fruits("run", few_photos, "-o", out, "--limit", 12, "--overwrite")
    assert run_json(out)["counts"]["photos"] == 12
