"""Files of a finished run that are damaged afterwards: `status` says so, and the same command mends it."""

import pathlib
import shutil

import pyarrow.parquet as pq
import pytest

from support.chain import digest, parts, run_json

WORDS = ("--input-size", 32, "--components", 5, "--max-rejected", "5%")
FIRST = 25  # photos of the first of two parts


@pytest.fixture(scope="module")
def photos(few_photos, tmp_path_factory):
    """With one that is rejected, in the first part."""
    folder = tmp_path_factory.mktemp("damage") / "photos"
    shutil.copytree(few_photos, folder)
    sorted(folder.rglob("*.jpg"))[3].write_bytes(b"no photo")
    return folder


@pytest.fixture(scope="module")
def undisturbed(fruits, photos, tmp_path_factory):
    """Two parts; a run of all at once gives the same scores."""
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    fruits("run", photos, "-o", out, *WORDS, "--limit", FIRST)
    fruits("run", photos, "-o", out, *WORDS)
    fruits("run", photos, "-o", out.parent / "fresh", *WORDS)
    assert digest(out / "pca_result.csv") == digest(out.parent / "fresh/pca_result.csv")
    assert len(parts(out, "thumbs")) == 2
    return out


def _thumbnails(out: pathlib.Path) -> dict[str, bytes]:
    tables = [pq.read_table(part) for part in parts(out, "thumbs")]
    return {row["path"]: row["thumbnail"] for table in tables for row in table.to_pylist()}


def _changed(data: bytes, share: float) -> bytes:
    at = int(len(data) * share)
    return data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]


DAMAGES = {
    "removed": lambda file: file.unlink(),
    "emptied": lambda file: file.write_bytes(b""),
    "cut in the middle": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "cut by a byte": lambda file: file.write_bytes(file.read_bytes()[:-1]),
    "a byte changed near its start": lambda file: file.write_bytes(_changed(file.read_bytes(), 0.1)),
    "a byte changed in the middle": lambda file: file.write_bytes(_changed(file.read_bytes(), 0.5)),
    "a word of its footer changed": lambda file: file.write_bytes(file.read_bytes().replace(b"parquet-cpp", b"parquet-hpp")),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", ["thumbs", "features", "rejected"])
def test_the_same_command_mends_it(fruits, photos, undisturbed, tmp_path, kind, damage):
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    DAMAGES[damage](parts(out, kind)[0])
    assert fruits("status", out, exit_code=1).stdout.startswith(f"broken: file://{out} does not agree with its run.json: ")
    fruits("run", photos, "-o", out, *WORDS)
    assert run_json(out)["counts"]["computed"] == FIRST
    assert fruits("status", out).stdout.startswith("finished: 59 of 60 photos (1 rejected)")
    assert digest(out / "pca_result.csv") == digest(undisturbed / "pca_result.csv")
    assert digest(out / "rejected.csv") == digest(undisturbed / "rejected.csv")
    assert _thumbnails(out) == _thumbnails(undisturbed)
    fruits("run", photos, "-o", out, *WORDS)
    assert run_json(out)["counts"]["computed"] == 0


def test_thumbnails_of_every_part_at_once(fruits, photos, undisturbed, tmp_path):
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    for part in [*parts(out, "thumbs"), parts(out)[1]]:
        DAMAGES["a byte changed in the middle"](part)
    fruits("run", photos, "-o", out, *WORDS)
    assert run_json(out)["counts"]["computed"] == 60
    assert fruits("status", out).stdout.startswith("finished")
    assert _thumbnails(out) == _thumbnails(undisturbed)


def test_parts_without_thumbnails_are_whole(fruits, photos, undisturbed, tmp_path):
    """A run that asks for none leaves what is there, and one that asks for them computes nothing for them alone."""
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    fruits("run", photos, "-o", out, *WORDS, "--no-thumbnails")
    assert _thumbnails(out) == _thumbnails(undisturbed)
    fruits("run", photos, "-o", tmp_path / "none", *WORDS, "--no-thumbnails")
    fruits("run", photos, "-o", tmp_path / "none", *WORDS)
    assert run_json(tmp_path / "none")["counts"]["computed"] == 0


@pytest.mark.parametrize("file", ["features", "fitted/tensors.safetensors", "fitted/metadata.json"])
def test_no_reader_takes_a_changed_byte(fruits, undisturbed, tmp_path, file):
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out)
    damaged = parts(out)[0] if file == "features" else out / file
    damaged.write_bytes(_changed(damaged.read_bytes(), 0.5))
    name = damaged.relative_to(out).as_posix()
    done = fruits("fit", out, "-o", tmp_path / "fit", exit_code=1)
    assert f"FEATURES {out}: file://{out} does not agree with its run.json: {name} (differs)" in done.stderr
    if file != "features":
        done = fruits("project", undisturbed, "--fitted", out, "-o", tmp_path / "projected", exit_code=1)
        assert f"--fitted {out}: file://{damaged} is not what file://{out}/run.json names" in done.stderr
    assert not (tmp_path / "fit").exists() and not (tmp_path / "projected").exists()
