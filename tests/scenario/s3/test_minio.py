"""The command on MinIO, whose keys are S3's where versitygw's are files: odd ones end to end, and one whole chain."""

import dataclasses
import json
import urllib.parse

import botocore.exceptions
import pyarrow.parquet as pq
import pytest

from support.s3_proxy import S3Proxy
from support.s3_runs import PART_ROWS, SMALL, S3Runs, gets_by_key, path_of, wait_until
from support.s3_server import Minio


@pytest.fixture(scope="module")
def minio(tmp_path_factory):
    """With the empty buckets `fruits` and `fruits-out`."""
    with Minio(tmp_path_factory.mktemp("minio")) as server:
        for bucket in ("fruits", "fruits-out"):
            server.make_bucket(bucket)
        yield server


@pytest.fixture
def run(fruits, minio) -> S3Runs:
    return S3Runs(fruits, minio)


def _parts(folder) -> list[dict]:
    columns = ["path", "label", "size_bytes", "etag"]
    return [row for part in sorted((folder / "features").glob("*")) for row in pq.read_table(part, columns=columns).to_pylist()]


def _refusal(server, key: str, data: bytes) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.put("fruits", key, data)
    return error.value.response["Error"]["Code"]


# A photo and a folder of one name, twice over; photos whose keys end in '/', with others below them; parts of names of 255
# bytes, the most that MinIO takes.
LABELS = {
    "both/pear.jpg": "both", "both/pear.jpg-2": "both", "both/pear.jpg.jpg": "both",
    "both/pear.jpg/1.jpg": "pear.jpg", "both/pear.jpg/1.jpg/deep.jpg": "1.jpg",
    "slash/Apple Red/": "Apple Red", "slash/Apple Red/1.jpg": "Apple Red", "slash/Banana é+%/": "Banana é+%", "slash/Banana é+%/x/": "x",
    f"long/{'k' * 255}/{'n' * 251}.jpg": "k" * 255, f"long/{'é' * 127}/1.jpg": "é" * 127,
}  # fmt: skip
MARKERS = ["both/", "slash/", "slash/empty/", "long/"]  # of folders: no photos
# Beside `a`, MinIO stores and gives `a/b`, but lists it only where one key with just that prefix is asked for, as fruits does
# to see whether an input is a key. So a run has to name it.
UNLISTED = ["both/pear.jpg/1.jpg", "both/pear.jpg/1.jpg/deep.jpg"]
INPUTS = ["s3://fruits/odd", *(f"s3://fruits/odd/{key}" for key in UNLISTED)]


@pytest.fixture(scope="module")
def odd(minio, few_photos, few_names) -> dict[str, bytes]:
    photos = {f"odd/{key}": (few_photos / name).read_bytes() for key, name in zip(LABELS, few_names[::5], strict=False)}
    for key, data in photos.items():
        minio.put("fruits", key, data)
    for key in MARKERS:
        minio.put("fruits", f"odd/{key}", b"")
    return photos


@pytest.mark.parametrize("target", ["bucket", "local"])
def test_odd_keys_are_right_from_the_listing_to_the_csv(run, minio, odd, out, tmp_path, target):
    target = out if target == "bucket" else tmp_path / "out"
    run("run", *INPUTS, "-o", target, "--glob", "*", *SMALL)
    keys = sorted(odd, key=str.encode)
    rows = run.rows(target)
    assert [row["path"] for row in rows] == [path_of("fruits", key) for key in keys]
    assert [row["label"] for row in rows] == [LABELS[key.removeprefix("odd/")] for key in keys]
    assert run.counts(target)["rejected"] == 0 and run.status(target).startswith("finished: 11 of 11 photos")
    run.assert_whole(target)
    # Each row has the bytes of its own key, and the CSV's addresses are inputs.
    paths = [row["path"] for row in rows]
    run("extract", *paths, "-o", tmp_path / "again", "--glob", "*", *SMALL[:3])
    heads = {key: minio.client().head_object(Bucket="fruits", Key=key) for key in keys}
    assert [(row["path"], row["size_bytes"], row["etag"]) for row in _parts(tmp_path / "again")] == [
        (path_of("fruits", key), len(odd[key]), heads[key]["ETag"].strip('"')) for key in keys
    ]
    run("run", *INPUTS, "-o", target, "--glob", "*", *SMALL)
    assert run.counts(target)["computed"] == 0


def test_a_key_is_that_photo_and_with_a_slash_its_folder(run, odd, tmp_path):
    cases = {
        "both/pear.jpg": ["both/pear.jpg"],
        "both/pear.jpg/1.jpg": ["both/pear.jpg/1.jpg"],
        "both/p*.jpg": ["both/pear.jpg", "both/pear.jpg.jpg"],
        "slash/Apple Red": ["slash/Apple Red/1.jpg"],
        "slash/Apple Red/": ["slash/Apple Red/", "slash/Apple Red/1.jpg"],
        "slash/Banana é+%25/x/": ["slash/Banana é+%/x/"],
    }
    for number, (given, keys) in enumerate(cases.items()):
        globs = ("--glob", "*") if given.endswith("/") else ()  # the name of such a key is empty
        run("extract", f"s3://fruits/odd/{given}", "-o", tmp_path / str(number), *globs, *SMALL[:3])
        assert [row["path"] for row in _parts(tmp_path / str(number))] == [path_of("fruits", f"odd/{key}") for key in keys], given


def test_what_minio_does_not_list(minio, odd):
    listed = set(minio.list_keys("fruits", "odd/"))
    assert set(odd) - listed == {f"odd/{key}" for key in UNLISTED}
    assert minio.list_keys("fruits", "odd/both/pear.jpg/") == []
    for key in UNLISTED:
        page = minio.client().list_objects_v2(Bucket="fruits", Prefix=f"odd/{key}", MaxKeys=1)
        assert [entry["Key"] for entry in page["Contents"]] == [f"odd/{key}"]


# What MinIO refuses as well, with what it answers. Such keys, and folders with `a` and `a/b`, are listed in memory
# (tests/cpp/io/s3/listing_test.cc).
REFUSED = {
    "//": ("odd//double.jpg", "XMinioInvalidObjectName"),
    "a part of 256 bytes": (f"odd/{'n' * 252}.jpg", "XMinioInvalidObjectName"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_keys_that_minio_refuses(minio, name):
    key, answer = REFUSED[name]
    assert _refusal(minio, key, b"x") == answer


def test_a_whole_chain_on_minio(fruits, minio, many_photos, out, tmp_path):
    """Killed, refused to a second one, gone on with, and grown; compared with a fresh run each time."""
    photos = sorted(many_photos.rglob("*.jpg"), key=lambda p: str(p).encode())[::2]
    later, first = photos[::100], [photo for n, photo in enumerate(photos) if n % 100]
    for photo in first:
        minio.put("fruits", f"many/{photo.relative_to(many_photos).as_posix()}", photo.read_bytes())
    bucket, folder = out.removeprefix("s3://").split("/", 1)
    words = ("run", "s3://fruits/many", "-o", out, *SMALL)
    with S3Proxy(minio) as proxy:
        run = S3Runs(fruits, proxy)
        late = urllib.parse.quote(first[PART_ROWS + 300].parent.name)  # the first part is full before any of that kind
        assert first[PART_ROWS + 20].parent.name != late
        proxy.set_faults([{"kind": "timeout", "seconds": 60, "match": {"method": "GET", "key": f"^/fruits/many/{late}/"}}])
        process = run.start(*words)
        wait_until(lambda: minio.list_keys(bucket, f"{folder}/features/"), "a part", 60)
        refused = run(*words, exit_code=1)
        assert f"process {process.pid} on " in refused.stderr
        assert run.status(out).startswith("running: ")
        process.kill()
        run.finish(process)
        assert run.status(out).startswith(f"unfinished: {PART_ROWS} rows and 0 rejected")
        proxy.set_faults([])
        proxy.reset()
        run(*words)
        reads = gets_by_key(proxy.stats(per_key=True), "/fruits/many/")
        assert len(reads) == len(first) - PART_ROWS and set(reads.values()) == {1}
        counts = run.counts(out)
        assert (counts["photos"], counts["kept"], counts["rejected"]) == (len(first), PART_ROWS, 0)
        run.assert_whole(out)
        run("run", "s3://fruits/many", "-o", tmp_path / "first", *SMALL)
        assert run.csv(out) == run.csv(tmp_path / "first")

        for photo in later:
            minio.put("fruits", f"many/{photo.relative_to(many_photos).as_posix()}", photo.read_bytes())
        gone = [f"many/{photo.relative_to(many_photos).as_posix()}" for photo in first[7::300]]
        for key in gone:
            minio.client().delete_object(Bucket="fruits", Key=key)
        run(*words)
        counts = run.counts(out)
        assert (counts["added"], counts["computed"], counts["removed"]) == (len(later), len(later), len(gone))
        run("run", "s3://fruits/many", "-o", tmp_path / "grown", *SMALL)
        assert run.csv(out) == run.csv(tmp_path / "grown")
        assert run.status(out).startswith(f"finished: {len(photos) - len(gone)} of ")
        run.assert_whole(out)
        assert f"{folder}/_run/lease.json" not in minio.list_keys(bucket)


def test_a_model_store_on_minio(run, minio, model_store, few_photos, out, tmp_path):
    minio.make_bucket("models")
    minio.upload_tree(model_store / "efficientnet-lite0", "models", "efficientnet-lite0")
    run("run", few_photos, "-o", tmp_path / "local", *SMALL)
    own = dataclasses.replace(run, fruits=dataclasses.replace(run.fruits, store="s3://models"), settings={"XDG_CACHE_HOME": str(tmp_path)})
    assert own("models", "list").stdout.startswith("efficientnet-lite0\t")
    own("run", few_photos, "-o", out, *SMALL)
    assert own.csv(out) == run.csv(tmp_path / "local")
    assert json.loads(own.read(out, "run.json"))["model"]["name"] == "efficientnet-lite0"
