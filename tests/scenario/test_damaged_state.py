"""A damaged `_run/state.json`: no obstacle to the command that wrote it, and an error with advice to those that read."""

import json
import shutil

import pytest

from support.chain import contents, digest, parts, run_json

WORDS = ("--input-size", 32, "--components", 5)

DAMAGES = {
    "empty": b"",
    "garbage": b"\x00\xff{{",
    "no object": b"[1]",
    "without its fingerprint": b'{"format": 1}',
    "of another version": b'{"format": 99, "fingerprint": {}}',
}


@pytest.fixture(scope="module")
def undisturbed(fruits, few_photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("state") / "out"
    fruits("run", few_photos, "-o", out, *WORDS)
    return out


@pytest.fixture
def out(undisturbed, tmp_path):
    return shutil.copytree(undisturbed, tmp_path / "out")


@pytest.mark.parametrize("run_json_too", [False, True], ids=["", "run.json is gone"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_the_same_command_goes_on(fruits, few_photos, undisturbed, out, damage, run_json_too):
    state = out / "_run/state.json"
    state.write_bytes(DAMAGES[damage])
    if run_json_too:
        (out / "run.json").unlink()
    said = fruits("status", out, exit_code=1).stdout
    assert said.startswith("unfinished: 60 rows" if run_json_too else "broken: ")
    assert f"file://{state} is damaged" in said and "run the command that made this folder again" in said
    fruits("run", few_photos, "-o", out, *WORDS)
    assert run_json(out)["counts"]["computed"] == 0
    assert json.loads(state.read_text())["fingerprint"] == json.loads((undisturbed / "_run/state.json").read_text())["fingerprint"]
    assert digest(out / "pca_result.csv") == digest(undisturbed / "pca_result.csv")
    assert fruits("status", out).stdout.startswith("finished")


def test_parts_of_another_fingerprint_are_refused_all_the_same(fruits, few_photos, out):
    (out / "_run/state.json").write_bytes(b"garbage")
    before = contents(out)
    done = fruits("run", few_photos, "-o", out, "--input-size", 64, "--components", 5, exit_code=1)
    assert "another fingerprint" in done.stderr and "--overwrite" in done.stderr
    assert contents(out) == before


def test_what_was_rejected_is_tried_again(fruits, few_photos, tmp_path):
    photos = shutil.copytree(few_photos, tmp_path / "photos")
    sorted(photos.rglob("*.jpg"))[3].write_bytes(b"no photo")
    words = ("run", photos, "-o", tmp_path / "out", *WORDS, "--max-rejected", "5%")
    fruits(*words)
    fruits(*words)
    assert run_json(tmp_path / "out")["counts"]["computed"] == 0
    (tmp_path / "out/_run/state.json").write_bytes(b"")
    fruits(*words)
    assert run_json(tmp_path / "out")["counts"]["computed"] == 1
    fruits(*words)
    assert run_json(tmp_path / "out")["counts"]["computed"] == 0


@pytest.mark.parametrize("gone", [False, True], ids=["damaged", "missing"])
def test_fit_and_project_name_it_and_say_what_to_do(fruits, out, tmp_path, gone):
    state = out / "_run/state.json"
    state.write_bytes(b"garbage")
    if gone:
        state.unlink()
    for words in (("fit", out), ("project", out, "--fitted", out)):
        done = fruits(*words, "-o", tmp_path / "other", exit_code=1)
        assert f"file://{state} is {'missing' if gone else 'damaged'}" in done.stderr
        assert "run the command that made this folder again" in done.stderr
        assert not (tmp_path / "other").exists()


def test_fit_writes_it_anew_where_it_writes(fruits, undisturbed, tmp_path):
    fruits("fit", undisturbed, "-o", tmp_path / "fit", "--components", 3)
    (tmp_path / "fit/_run/state.json").write_bytes(b"garbage")
    fruits("fit", undisturbed, "-o", tmp_path / "fit", "--components", 4)
    assert fruits("status", tmp_path / "fit").stdout.startswith("finished")


@pytest.mark.parametrize("name", ["_run/state.json", "run.json"])
def test_a_folder_in_its_place_is_named_before_anything_is_removed(fruits, few_photos, undisturbed, out, name):
    (out / name).unlink()
    (out / name).mkdir()
    content = contents(out)
    for words in (("run", few_photos), ("run", few_photos, "--overwrite"), ("fit", undisturbed)):
        done = fruits(*words, "-o", out, "--components", 5, exit_code=1)
        assert f"{out}/{name}: Is a directory" in done.stderr
    assert f"{out}/{name}: Is a directory" in fruits("status", out, exit_code=1).stderr
    assert contents(out) == content


def test_one_part_that_reads_makes_a_folder_ours(fruits, few_photos, undisturbed, out):
    """Records of nothing, a part that is damaged and one that is not."""
    shutil.copy(parts(out)[0], out / "features/part-000007-0badcafe.parquet")
    parts(out)[0].write_bytes(b"damaged")
    (out / "run.json").write_bytes(b"")
    (out / "_run/state.json").write_bytes(b"")
    fruits("run", few_photos, "-o", out, *WORDS)
    assert digest(out / "pca_result.csv") == digest(undisturbed / "pca_result.csv")


def test_nobodys_files_stay_nobodys(fruits, few_photos, tmp_path):
    """Names of ours that none of our commands wrote, beside a state.json of somebody else."""
    for name in ("_run/state.json", "features/part-000000-0badcafe.parquet", "run.json"):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).write_text("mine")
    done = fruits("run", few_photos, "-o", tmp_path / "out", "--overwrite", exit_code=1)
    assert "expected an empty folder or an earlier run's" in done.stderr
    assert fruits("status", tmp_path / "out", exit_code=1).stdout.startswith("foreign")
    assert {p.read_text() for p in (tmp_path / "out").rglob("*") if p.is_file()} == {"mine"}
