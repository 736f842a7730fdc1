"""The same bytes under several names are featurized once, and stay rows."""

import csv
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.chain import digest, parts, run_json


def features(folder) -> dict[str, np.ndarray]:
    rows = {}
    for part in sorted((folder / "features").glob("*.parquet")):
        table = pq.read_table(part, columns=["path", "features"])
        for path, values in zip(table["path"].to_pylist(), table["features"].to_pylist(), strict=True):
            rows[path.rsplit("/", 1)[1]] = np.array(values, np.float32)
    return rows


@pytest.fixture
def originals(few_photos, tmp_path):
    """60 photos with names that tell them apart."""
    folder = tmp_path / "photos/m"
    folder.mkdir(parents=True)
    for i, photo in enumerate(sorted(few_photos.rglob("*.jpg"))):
        shutil.copyfile(photo, folder / f"{i:03d}.jpg")
    return folder


def test_copies_are_rows_and_are_computed_once(fruits, originals, tmp_path):
    fruits("extract", originals, "-o", tmp_path / "alone")
    alone = features(tmp_path / "alone")
    for i in range(60):
        for sub in ("a", "m", "z"):  # before, beside and behind
            copy = originals.parent / sub / f"{i:03d}.copy-{sub}.jpg"
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(originals / f"{i:03d}.jpg", copy)
    (originals / "bad.jpg").write_bytes(b"\xff\xd8 no photo")
    (originals.parent / "z/bad-copy.jpg").write_bytes(b"\xff\xd8 no photo")
    out = tmp_path / "out"
    fruits("run", originals.parent, "-o", out)
    counts = run_json(out)["counts"]
    assert (counts["photos"], counts["features"], counts["rejected"]) == (242, 240, 2)
    assert counts["copied"] == 181  # of each four one, and one of the two bad
    found = features(out)
    assert len(found) == 240
    for name, values in found.items():
        assert np.array_equal(values, alone[name[:3] + ".jpg"]), name
    rejected = list(csv.DictReader((out / "rejected.csv").open(newline="")))
    assert len(rejected) == 2 and rejected[0]["reason"] == rejected[1]["reason"]
    thumbs = pq.read_table(parts(out, "thumbs")[0])
    assert thumbs.num_rows == 240 and all(thumbs["thumbnail"].to_pylist())


def test_copies_of_a_part_that_is_written_already(fruits, originals, tmp_path):
    """With pictures this wide a part holds a handful of rows, so that origins lie in parts long closed."""
    for i in range(60):
        shutil.copyfile(originals / f"{i:03d}.jpg", originals / f"z{i:03d}.jpg")
    flags = ("--pooling", "none", "--components", 3)
    out = tmp_path / "out"
    fruits("run", originals, "-o", out, *flags)
    assert run_json(out)["counts"]["copied"] == 60
    found = features(out)
    for i in range(60):
        assert np.array_equal(found[f"{i:03d}.jpg"], found[f"z{i:03d}.jpg"])


def test_a_photo_that_was_only_touched_or_moved_is_not_computed_again(fruits, originals, tmp_path):
    out = tmp_path / "out"
    fruits("run", originals, "-o", out)
    scores = [row["features_pca"] for row in csv.DictReader((out / "pca_result.csv").open(newline=""))]
    for photo in originals.glob("*.jpg"):
        photo.touch()
    (originals / "010.jpg").rename(originals / "010-renamed.jpg")
    fruits("run", originals, "-o", out)
    counts = run_json(out)["counts"]
    assert (counts["changed"], counts["added"], counts["removed"]) == (59, 1, 1)
    assert (counts["computed"], counts["copied"]) == (60, 60)
    again = list(csv.DictReader((out / "pca_result.csv").open(newline="")))
    assert "010-renamed" in again[10]["path"]
    assert [row["features_pca"] for row in again] == scores
    fruits("run", originals, "-o", tmp_path / "fresh")
    assert digest(out / "pca_result.csv") == digest(tmp_path / "fresh/pca_result.csv")
