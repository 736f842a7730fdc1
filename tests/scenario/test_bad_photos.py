"""Bad photos are rows with a reason; good ones are never lost."""

import csv
import shutil

import pytest

from support.chain import run_json

WAYS = {
    "empty": lambda good: b"",
    "truncated": lambda good: good[: len(good) // 2],
    "head only": lambda good: good[:20],
    "text": lambda good: b"this is not a photo\n" * 50,
    "html": lambda good: b"<html><body>404 Not Found</body></html>",
    "gif": lambda good: b"GIF89a" + good[6:],
    "zeros": lambda good: bytes(len(good)),
    "no start": lambda good: good[2:],
    "png cut": lambda good: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + good[:40],
    "webp cut": lambda good: b"RIFF\x10\x00\x00\x00WEBPVP8 " + good[:20],
}


@pytest.fixture
def damaged(photos, tmp_path):
    """A copy of the photos; ten are damaged, each way once."""
    folder = tmp_path / "photos"
    shutil.copytree(photos, folder)
    victims = sorted(folder.rglob("*.jpg"))[::56][:10]
    assert len(victims) == len(WAYS)
    for victim, damage in zip(victims, WAYS.values(), strict=True):
        victim.write_bytes(damage(victim.read_bytes()))
    return folder, victims


def test_every_bad_photo_has_its_reason_and_every_good_one_its_row(fruits, damaged, tmp_path):
    folder, victims = damaged
    out = tmp_path / "out"
    fruits("run", folder, "-o", out, "--max-rejected", "2%")
    rejected = list(csv.DictReader((out / "rejected.csv").open(newline="")))
    assert list(rejected[0]) == ["path", "stage", "reason"]
    assert [row["path"] for row in rejected] == [f"file://{victim}" for victim in victims]
    assert all(row["stage"] == "decode" and len(row["reason"]) >= 10 for row in rejected)
    assert rejected[0]["reason"] == "empty file"
    rows = {row["path"] for row in csv.DictReader((out / "pca_result.csv").open(newline=""))}
    assert rows == {f"file://{p}" for p in folder.rglob("*.jpg") if p not in victims}


def test_exit_code_3_is_strictly_more_than_the_share(fruits, damaged, tmp_path):
    folder, victims = damaged
    share = len(victims) / len(list(folder.rglob("*.jpg")))
    fruits("run", folder, "-o", tmp_path / "out", "--max-rejected", repr(share))
    done = fruits("run", folder, "-o", tmp_path / "out", "--max-rejected", repr(share - 1e-6), exit_code=3)
    assert "more than --max-rejected" in done.stderr
    assert run_json(tmp_path / "out")["too_many_rejected"] is True
    assert (tmp_path / "out/pca_result.csv").exists()


def test_on_error_fail_names_the_photo_and_can_go_on(fruits, damaged, tmp_path):
    folder, victims = damaged
    done = fruits("run", folder, "-o", tmp_path / "out", "--on-error", "fail", exit_code=1)
    assert str(victims[0]) in done.stderr and "empty file" in done.stderr
    fruits("run", folder, "-o", tmp_path / "out", "--max-rejected", "2%")


def test_only_bad_photos(fruits, tmp_path):
    (tmp_path / "photos").mkdir()
    for i in range(9):
        (tmp_path / f"photos/{i}.jpg").write_bytes(b"")
    done = fruits("run", tmp_path / "photos", "-o", tmp_path / "out", exit_code=1)
    assert "none of 9 photos could be used" in done.stderr
    assert len((tmp_path / "out/rejected.csv").read_text().splitlines()) == 10


def test_odd_names(fruits, few_photos, tmp_path):
    good = sorted(few_photos.rglob("*.jpg"))
    folder = tmp_path / "photos"
    names = [b"a b.jpg", b"a,b.jpg", b'a"b.jpg', b"a\nb.jpg", b"a%20b.jpg", "é.jpg".encode(), b"\xff\xfe.jpg", b"a'b;.jpg"]
    (folder / "x, y").mkdir(parents=True)
    for photo, name in zip(good, names, strict=False):
        shutil.copyfile(photo, bytes(folder / "x, y") + b"/" + name)
    out = tmp_path / "out"
    fruits("run", folder, "-o", out, "--components", 2)
    rows = list(csv.DictReader((out / "pca_result.csv").open(newline="", encoding="utf-8")))
    encoded = [n.replace(b"%", b"%25").replace(b"\n", b"%0A").replace(b"\xff\xfe", b"%FF%FE").decode() for n in sorted(names)]
    assert [row["path"].rsplit("/", 1)[1] for row in rows] == encoded
    assert {row["label"] for row in rows} == {"x, y"}
