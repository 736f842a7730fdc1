"""What cannot be listed hides photos: it is told, counted, and never the loss of stored rows."""

import pathlib
import shutil

import pytest

from support.chain import rejected_of, run_json


@pytest.fixture
def broken(tmp_path) -> pathlib.Path:
    path = tmp_path / "broken.tar"
    path.write_bytes(b"this is not an archive\n" * 100)
    return path


def test_a_broken_archive_is_a_row_and_weighs_as_one_photo(fruits, few_photos, broken, tmp_path):
    out = tmp_path / "out"
    done = fruits("run", few_photos, broken, "-o", out, exit_code=3)  # 1 of 61
    (row,) = rejected_of(out)
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
    assert "--limit 12" in done.stderr and "beyond it, up to file:" in done.stderr
    assert (out / "pca_result.csv").read_bytes() == before and run_json(out)["counts"]["photos"] == 60
    fruits("run", few_photos, "-o", out, "--limit", 12, "--overwrite")
    assert run_json(out)["counts"]["photos"] == 12


def test_a_limit_does_not_hide_what_could_not_be_listed(fruits, few_photos, tmp_path):
    (tmp_path / "in").mkdir()
    for photo in sorted(few_photos.rglob("*.jpg"))[:5]:
        (tmp_path / "in" / photo.name).write_bytes(photo.read_bytes())
    broken = tmp_path / "in/00.tar"
    broken.write_bytes(b"this is not an archive\n" * 100)
    words = ("run", tmp_path / "in", broken, "-o", tmp_path / "out", "--components", 1, "--limit", 3)
    fruits(*words, exit_code=3)
    assert [row["path"] for row in rejected_of(tmp_path / "out")] == [broken.as_uri()]


def test_the_same_limit_goes_on_when_photos_come_and_go(fruits, few_photos, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(few_photos, folder)
    words = ("run", folder, "-o", out, "--limit", 12, "--components", 2)
    fruits(*words)
    photos = sorted(folder.rglob("*.jpg"), key=str)
    photos[3].unlink()
    fruits(*words)
    assert run_json(out)["counts"]["removed"] == 1 and run_json(out)["counts"]["photos"] == 12
    shutil.copyfile(photos[0], photos[0].with_name("0.jpg"))
    fruits(*words)
    assert run_json(out)["counts"]["removed"] == 1 and run_json(out)["counts"]["photos"] == 12


def test_a_broken_link_keeps_no_other_row(fruits, few_photos, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(few_photos, folder)
    link = folder / "link.jpg"
    link.symlink_to(next(few_photos.rglob("*.jpg")))
    words = ("run", folder, "-o", out, "--max-rejected", "5%")
    fruits(*words)
    link.unlink()
    link.symlink_to("nowhere")
    done = fruits(*words, exit_code=1)
    assert f"holds the row of {link.as_uri()}" in done.stderr
    link.unlink()
    fruits(*words)
    link.symlink_to("nowhere")
    next(folder.rglob("*_*.jpg")).unlink()
    fruits(*words)
    assert run_json(out)["counts"]["removed"] == 1


def test_too_few_photos_left_for_a_fit(fruits, few_photos, tmp_path):
    (tmp_path / "in").mkdir()
    for index, photo in enumerate(sorted(few_photos.rglob("*.jpg"))[:3]):
        (tmp_path / "in" / photo.name).write_bytes(photo.read_bytes() if index == 0 else b"no photo")
    done = fruits("run", tmp_path / "in", "-o", tmp_path / "out", "--components", 1, "--max-rejected", 1, exit_code=1)
    assert "--components 1: a fit needs at least 2 photos, found 1, as 2 of 3 photos were rejected" in done.stderr
    assert len(rejected_of(tmp_path / "out")) == 2
