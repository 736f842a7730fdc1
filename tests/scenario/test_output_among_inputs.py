"""An output folder that lies among the inputs: what the run writes there, or what else lies there, is no photo."""

import shutil
import tarfile

import pytest

from support.chain import digest, run_json

WORDS = ("--glob", "*", "--components", 3, "--input-size", 32, "--max-rejected", "50%")


@pytest.fixture
def photos(few_photos, tmp_path):
    return shutil.copytree(few_photos, tmp_path / "photos")


@pytest.mark.parametrize("pattern", ["", "**", "*"], ids=["folder", "all", "entries"])
def test_its_files_are_no_photos(fruits, few_photos, photos, tmp_path, pattern):
    out = photos / "A-out"  # before all photos
    fruits("run", photos / pattern, "-o", out, *WORDS, "--limit", 20)
    assert run_json(out)["counts"]["computed"] == 20
    for words in (WORDS, WORDS, (*WORDS, "--overwrite")):
        fruits("run", photos / pattern, "-o", out, *words)
        assert run_json(out)["counts"]["photos"] == 60 and run_json(out)["counts"]["rejected"] == 0


def test_neither_are_archives_there(fruits, photos, tmp_path):
    out = photos / "out"
    fruits("run", photos, "-o", out, *WORDS)
    before = digest(out / "pca_result.csv")
    with tarfile.open(out / "mine.tar", "w") as archive:
        archive.add(next(photos.rglob("*.jpg")), "x/1.jpg")
    fruits("run", photos, "-o", out, *WORDS)
    assert digest(out / "pca_result.csv") == before
    assert (out / "mine.tar").exists()


def test_an_input_inside_is_refused(fruits, photos):
    fruits("run", photos, "-o", photos / "out", *WORDS)
    done = fruits("run", photos / "out/thumbs", "-o", photos / "out", *WORDS, exit_code=2)
    assert "it lies in --output" in done.stderr
