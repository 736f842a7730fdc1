"""Run again on photos that came, went and changed; and on folders that are not a run's."""

import json
import shutil

import pytest

from support.chain import digest, parts, run_json


@pytest.fixture
def growing(few_photos, tmp_path):
    folder = tmp_path / "photos"
    shutil.copytree(few_photos, folder)
    return folder


def test_only_what_is_new_is_computed_and_the_bytes_are_a_fresh_runs(fruits, growing, few_photos, tmp_path):
    photos = sorted(growing.rglob("*.jpg"))
    absent = photos[::7]
    aside = {}
    for photo in absent:
        aside[photo] = photo.read_bytes()
        photo.unlink()
    out = tmp_path / "out"
    fruits("run", growing, "-o", out)

    for photo, content in aside.items():
        photo.write_bytes(content)
    left = [p for p in photos if p not in aside]
    left[3].unlink()
    shutil.copyfile(left[5], left[10])  # another photo under a known name
    fruits("run", growing, "-o", out)
    counts = run_json(out)["counts"]
    assert counts["computed"] == len(aside) + 1
    assert {name: counts[name] for name in ("added", "changed", "removed")} == {
        "added": len(aside),
        "changed": 1,
        "removed": 1,
    }
    assert counts["photos"] == len(photos) - 1

    fruits("run", growing, "-o", tmp_path / "fresh")
    assert digest(out / "pca_result.csv") == digest(tmp_path / "fresh/pca_result.csv")
    assert digest(out / "fitted/tensors.safetensors") == digest(tmp_path / "fresh/fitted/tensors.safetensors")


def test_nothing_new_computes_nothing(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    before = digest(out / "pca_result.csv")
    fruits("run", few_photos, "-o", out)
    assert run_json(out)["counts"]["computed"] == 0
    assert digest(out / "pca_result.csv") == before


def test_another_fingerprint_is_refused_by_name(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out, "--limit", 12)
    done = fruits("run", few_photos, "-o", out, "--limit", 12, "--fit", "crop", "--input-size", 128, exit_code=1)
    assert "fit (full before, crop now)" in done.stderr
    assert "input_size (224x224 before, 128x128 now)" in done.stderr
    assert fruits("status", out).stdout.startswith("finished")
    fruits("run", few_photos, "-o", out, "--limit", 12, "--fit", "crop", "--overwrite")
    assert run_json(out)["counts"]["computed"] == 12


def test_another_number_of_components_computes_no_features(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    fruits("run", few_photos, "-o", out, "--components", 3, "--no-center")
    record = run_json(out)
    assert record["counts"]["computed"] == 0 and record["counts"]["components"] == 3


def test_a_foreign_folder_is_refused_even_with_overwrite(fruits, few_photos, tmp_path):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "letter.txt").write_text("mine")
    for flags in ((), ("--overwrite",)):
        done = fruits("run", few_photos, "-o", out, *flags, exit_code=1)
        assert "letter.txt" in done.stderr
    assert [p.name for p in out.iterdir()] == ["letter.txt"]


def test_a_damaged_part_is_computed_again(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    before = digest(out / "pca_result.csv")
    part = parts(out)[0]
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 0xFF
    part.write_bytes(content)
    assert "broken" in fruits("status", out, exit_code=1).stdout
    fruits("run", few_photos, "-o", out)
    assert digest(out / "pca_result.csv") == before


def test_a_second_run_on_one_output_is_refused_naming_the_first(fruits, photos, few_photos, tmp_path):
    out = tmp_path / "out"
    first = fruits.start("run", photos, "-o", out)
    while not (out / "_run/state.json").exists():
        assert first.poll() is None
    done = fruits("run", photos, "-o", out, exit_code=1)
    assert f"process {first.pid}" in done.stderr
    assert fruits("status", out).stdout.startswith("running")
    first.communicate()
    assert first.returncode == 0
    assert fruits("status", out).stdout.startswith("finished")


def test_a_refused_call_changes_nothing(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    before = {p: p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}
    fruits("fit", out, "-o", out, "--components", 60, exit_code=2)
    fruits("run", tmp_path / "nowhere", "-o", out, "--overwrite", exit_code=1)
    fruits("run", few_photos, "-o", out, "--overwrite", "--components", 60, exit_code=2)
    fruits("run", few_photos, "-o", out, "--overwrite", "--model", "no-such-model", exit_code=1)
    assert {p: p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()} == before
    fruits("run", tmp_path / "nowhere", "-o", tmp_path / "new", exit_code=1)
    assert not (tmp_path / "new").exists()


def test_another_fit_leaves_no_projection_of_the_last(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    fruits("fit", out, "-o", out, "--components", 3)
    assert not (out / "pca_result.csv").exists() and not (out / "projection.svg").exists()
    assert not (out / "report.html").exists()
    record = run_json(out)
    assert record["command"] == "fit" and record["model"]["name"] == "efficientnet-lite0"
    assert fruits("status", out).stdout.startswith("finished")


def test_a_larger_pixel_limit_tries_rejected_photos_again(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    fruits("run", few_photos, "-o", out, "--max-pixels", 9999, exit_code=1)
    assert len((out / "rejected.csv").read_text().splitlines()) == 61
    fruits("run", few_photos, "-o", out)
    assert run_json(out)["counts"]["features"] == 60


def test_a_damaged_thumbnail_is_mended(fruits, growing, tmp_path):
    out = tmp_path / "out"
    fruits("run", growing, "-o", out)
    part = parts(out, "thumbs")[0]
    part.write_bytes(part.read_bytes()[:100])
    sorted(growing.rglob("*.jpg"))[7].unlink()
    fruits("run", growing, "-o", out)
    assert run_json(out)["counts"]["features"] == 59


def test_many_small_runs_do_not_leave_many_small_parts(fruits, few_photos, tmp_path):
    photos = sorted(few_photos.rglob("*.jpg"))
    growing, out = tmp_path / "photos", tmp_path / "out"
    for start in range(12):  # each brings photos that lie between all others
        for photo in photos[start::12]:
            target = growing / photo.relative_to(few_photos)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(photo, target)
        fruits("run", growing, "-o", out, "--components", 3)
    parts = sorted(p.name for p in (out / "features").iterdir())
    assert len(parts) <= 9, parts
    assert sorted(p.name for p in (out / "thumbs").iterdir()) == parts
    assert run_json(out)["counts"]["kept"] == 55
    fruits("run", growing, "-o", tmp_path / "fresh", "--components", 3)
    assert digest(out / "pca_result.csv") == digest(tmp_path / "fresh/pca_result.csv")
    assert fruits("status", out).stdout.startswith("finished: 60 of 60")


def test_rejected_photos_are_tried_again_when_asked(fruits, few_photos, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(few_photos, folder)
    (folder / "bad.jpg").write_bytes(b"no photo")
    fruits("run", folder, "-o", out, "--max-rejected", "5%")
    fruits("run", folder, "-o", out, "--max-rejected", "5%")
    assert run_json(out)["counts"]["computed"] == 0
    fruits("run", folder, "-o", out, "--max-rejected", "5%", "--retry-rejected")
    counts = run_json(out)["counts"]
    assert (counts["computed"], counts["changed"], counts["rejected"]) == (1, 1, 1)


def test_clean_removes_what_an_unfinished_run_left_and_nothing_else(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    assert "nothing to clean" in fruits("clean", out).stderr
    assert fruits("status", out).stdout.startswith("finished")
    (out / "run.json").unlink()
    (out / "mine.txt").write_text("keep")
    assert "removed" in fruits("clean", out).stderr
    assert [p.name for p in out.rglob("*") if p.is_file()] == ["mine.txt"]
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "pca_result.csv").write_text("somebody else's")
    assert "found pca_result.csv" in fruits("clean", foreign, exit_code=1).stderr
    assert (foreign / "pca_result.csv").exists()
    assert "nothing to clean" in fruits("clean", tmp_path / "nothing").stderr


def test_clean_leaves_what_it_cannot_judge(fruits, few_photos, tmp_path):
    out = tmp_path / "out"
    fruits("run", few_photos, "-o", out)
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"format": 2}))
    before = sorted(p.name for p in out.rglob("*"))
    assert "format" in fruits("clean", out, exit_code=1).stderr
    assert sorted(p.name for p in out.rglob("*")) == before


def test_a_listing_problem_does_not_stop_a_run_that_drops_nothing(fruits, few_photos, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(few_photos, folder)
    (folder / "dangling.jpg").symlink_to("nowhere.jpg")
    fruits("run", folder, "-o", out, "--max-rejected", "2%")
    photos = sorted(folder.rglob("r_*.jpg")) or sorted(p for p in folder.rglob("*.jpg") if not p.is_symlink())
    shutil.copyfile(photos[0], photos[1])
    fruits("run", folder, "-o", out, "--max-rejected", "2%")
    assert run_json(out)["counts"]["changed"] == 1


def test_a_limit_on_pixels_that_went_is_forgotten_also_after_a_crash(fruits, few_photos, tmp_path):
    folder, out = tmp_path / "photos", tmp_path / "out"
    shutil.copytree(few_photos, folder)
    fruits("run", folder, "-o", out, "--max-pixels", 100, "--components", 2, exit_code=1)  # none is allowed
    state = json.loads((out / "_run/state.json").read_text())
    # As a run with the default limit leaves it when it dies at once.
    (out / "_run/state.json").write_text(json.dumps(state | {"max_pixels": 178956970, "retries_rejected": True}))
    fruits("run", folder, "-o", out, "--components", 2)
    assert run_json(out)["counts"]["rejected"] == 0
    assert json.loads((out / "_run/state.json").read_text())["retries_rejected"] is False
