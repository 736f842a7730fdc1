"""Members and files whose paths look alike, or are the same."""

import hashlib
import pathlib

import pyarrow.parquet as pq
import pytest

from support.chain import Command, parts, rows_of, run_json
from support.made_archives import Members, pack
from support.s3_server import VersityGw

BUCKET = "archives"


def contents_of(out: pathlib.Path, photos: list[bytes]) -> list[bytes]:
    """The bytes that each row was computed from, by the hash that its part holds."""
    by_digest = {hashlib.sha256(photo).digest(): photo for photo in photos}
    tables = [pq.read_table(part, columns=["content_sha256"]) for part in parts(out)]
    return [by_digest[value] for table in tables for value in table["content_sha256"].to_pylist()]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with VersityGw(tmp_path_factory.mktemp("versitygw")) as server:
        server.make_bucket(BUCKET)
        yield server


@pytest.fixture(scope="module")
def on_s3(fruits, server) -> Command:
    return Command(fruits.binary, fruits.store, server.environment(fruits.env))


@pytest.mark.parametrize("kind", ["x.tar", "x.zip", "bytes.parquet"])
def test_names_with_the_mark_of_members_in_them(fruits, members, tmp_path, kind):
    photos = list(members.values())
    names = ["a.tar!/b.jpg", "a!/b!/c.jpg", "x.tar!/x.tar!/d.jpg", "plain.jpg"]
    folder = tmp_path / "x.zip!" / "odd"  # and folders of such names before it
    folder.mkdir(parents=True)
    archive = folder / kind
    archive.write_bytes(pack(kind, dict(zip(names, photos, strict=False))))
    (folder / f"{kind}.d!").mkdir()
    (folder / f"{kind}.d!/loose.jpg").write_bytes(photos[5])
    fruits("run", archive, tmp_path / "x.zip!", "-o", tmp_path / "out", "--components", 2, "--max-rejected", "50%")
    rows = rows_of(tmp_path / "out")
    expected = {f"{archive}!/{name}": name.split("/")[-2] if "/" in name else f"{kind}!" for name in names}
    expected[f"{folder}/{kind}.d!/loose.jpg"] = f"{kind}.d!"
    assert {row["path"].removeprefix("file://"): row["label"] for row in rows} == dict(sorted(expected.items()))
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)


@pytest.mark.parametrize("place", ["disk", "bucket"])
def test_a_loose_file_of_a_members_path_is_one_row_and_the_member_is_told(on_s3, server, members, tmp_path, place):
    photos = list(members.values())
    archive = tmp_path / "in/x.tar"
    (tmp_path / "in/x.tar!/Apple").mkdir(parents=True)
    archive.write_bytes(pack("x.tar", {f"Apple/{i}.jpg": photos[i] for i in range(5)}))
    (tmp_path / "in/x.tar!/Apple/3.jpg").write_bytes(photos[9])
    inputs = [archive, tmp_path / "in"]
    if place == "bucket":
        server.upload_tree(tmp_path / "in", BUCKET, "same-path")
        inputs = [f"s3://{BUCKET}/same-path/x.tar", f"s3://{BUCKET}/same-path"]
    done = on_s3("run", *inputs, "-o", tmp_path / "out", "--components", 2, "--max-rejected", "50%")
    root = archive.as_uri() if place == "disk" else inputs[0]
    assert [row["path"] for row in rows_of(tmp_path / "out")] == [f"{root}!/Apple/{i}.jpg" for i in range(5)]
    (problem,) = run_json(tmp_path / "out")["listing_problems"]
    reason = f"the member of {root}, as a file has the same path and is taken"
    assert problem == {"path": f"{root}!/Apple/3.jpg", "reason": reason}
    assert f"left out {root}!/Apple/3.jpg: {reason}" in done.stderr
    assert contents_of(tmp_path / "out", photos) == [*photos[:3], photos[9], photos[4]]  # the file, not the member
    again = on_s3("run", *inputs, "-o", tmp_path / "out", "--components", 2, "--max-rejected", "50%")
    assert run_json(tmp_path / "out")["counts"]["computed"] == 0 and "left out" in again.stderr


def test_of_two_members_of_one_path_one_is_taken_and_the_other_told(fruits, members, tmp_path):
    photos = list(members.values())
    outer, inner = tmp_path / "x.tar", tmp_path / "x.tar!/y.tar"
    inner.parent.mkdir()
    outer.write_bytes(pack("x.tar", {"y.tar!/1.jpg": photos[1], "z.jpg": photos[2]}))
    inner.write_bytes(pack("y.tar", {"0.jpg": photos[0], "1.jpg": photos[3]}))
    fruits("run", outer, inner, "-o", tmp_path / "out", "--components", 1, "--max-rejected", "50%")
    assert contents_of(tmp_path / "out", photos) == photos[:3]
    (problem,) = run_json(tmp_path / "out")["listing_problems"]
    assert problem["path"] == f"file://{inner}!/1.jpg"
    assert problem["reason"] == f"the member of file://{inner}, as one of file://{outer} has the same path and is taken"
