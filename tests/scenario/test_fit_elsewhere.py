"""Where `fit` and `project` may write: beside no other run's features, whose run.json they would become."""

import shutil

import pytest

from support.chain import contents

WORDS = ("--input-size", 32, "--components", 3)


@pytest.fixture(scope="module")
def features(fruits, few_photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("elsewhere") / "features"
    fruits("run", few_photos, "-o", out, *WORDS)
    return out


def _commands(features):
    return (("fit", features), ("project", features, "--fitted", features))


@pytest.mark.parametrize("finished", [False, True], ids=["unfinished", "finished"])
def test_another_runs_folder_is_refused(fruits, few_photos, features, tmp_path, finished):
    out = tmp_path / "other"
    fruits("run", few_photos, "-o", out, *WORDS, "--limit", 10)
    if not finished:
        (out / "run.json").unlink()
    before = contents(out)
    for words in _commands(features):
        done = fruits(*words, "-o", out, exit_code=1)
        holds = "another run's features; use another --output" if finished else "an unfinished run; finish it with its command, or use another --output"
        assert f"--output file://{out}: it holds {holds}" in done.stderr
    assert contents(out) == before
    assert fruits("status", out, exit_code=0 if finished else 1).stdout.startswith("finished" if finished else "unfinished")


def test_an_earlier_fits_folder_and_its_own_are_fine(fruits, features, tmp_path):
    own = shutil.copytree(features, tmp_path / "own")
    (tmp_path / "link").symlink_to(own)
    for out in (own, tmp_path / "link", tmp_path / "new", tmp_path / "new"):
        for words in _commands(own):
            fruits(*words, "-o", out)
        assert fruits("status", out).stdout.startswith("finished")


def test_features_of_a_table_go_beside_no_run_either(fruits, features, tmp_path):
    own = shutil.copytree(features, tmp_path / "own")
    done = fruits("fit", next((own / "features").iterdir()), "-o", own, "--components", 3, exit_code=1)
    assert "it holds another run's features" in done.stderr
