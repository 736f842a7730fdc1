"""`fruits clean` removes what `status` calls broken or unfinished, and nothing else."""

import shutil

import pytest

WORDS = ("--input-size", 32, "--components", 3)


@pytest.fixture(scope="module")
def finished(fruits, few_photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("clean") / "out"
    fruits("run", few_photos, "-o", out, *WORDS)
    return out


@pytest.fixture
def out(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "out")


def _left(out) -> list[str]:
    return sorted(str(p.relative_to(out)) for p in out.rglob("*") if p.is_file()) if out.exists() else []


@pytest.mark.parametrize("state", ["whole", "gone"])
@pytest.mark.parametrize("record", [b"", b"garbage", b'{"files": 3}'])
def test_a_run_json_that_cannot_be_read_is_a_broken_runs(fruits, out, record, state):
    (out / "run.json").write_bytes(record)
    if state == "gone":
        (out / "_run/state.json").unlink()
    (out / "mine.txt").write_text("mine")
    assert "removed" in fruits("clean", out).stderr
    assert _left(out) == ["mine.txt"]


def test_bytes_that_changed_within_their_size_are_seen(fruits, out):
    scores = (out / "pca_result.csv").read_bytes()
    (out / "pca_result.csv").write_bytes(scores[:-3] + b"7" + scores[-2:])
    assert fruits("status", out, exit_code=1).stdout.startswith("broken")
    assert "removed" in fruits("clean", out).stderr
    assert _left(out) == []


def test_what_is_whole_or_a_newer_versions_stays(fruits, out):
    before = _left(out)
    assert "nothing to clean" in fruits("clean", out).stderr
    (out / "run.json").write_text((out / "run.json").read_text().replace('"format": 1', '"format": 2', 1))
    assert "a newer version wrote it" in fruits("clean", out, exit_code=1).stderr
    assert _left(out) == before
