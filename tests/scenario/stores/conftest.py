"""Google Cloud Storage and HDFS on this machine, with photos, as one kind of store."""

import dataclasses
import pathlib
from collections.abc import Callable

import pytest

from support.gcs_server import FakeGcs
from support.hadoop import Hdfs
from support.s3_runs import SMALL, S3Runs


@dataclasses.dataclass
class Store:
    """`few` has 60 photos."""

    root: str  # "gs://fruits"
    put: Callable[[str, bytes], None]
    run: S3Runs


@pytest.fixture(scope="session")
def gcs(few_photos, tmp_path_factory):
    with FakeGcs(tmp_path_factory.mktemp("gcs")) as server:
        server.make_bucket("fruits")
        server.upload_tree(few_photos, "fruits", "few")
        yield server


@pytest.fixture(scope="session")
def hdfs(few_photos, tmp_path_factory):
    with Hdfs(tmp_path_factory.mktemp("hdfs")) as server:
        server.upload_tree(few_photos, "few")
        yield server


@pytest.fixture(scope="session")
def gcs_store(fruits, gcs) -> Store:
    return Store("gs://fruits", lambda key, data: gcs.put("fruits", key, data), S3Runs(fruits, gcs))


@pytest.fixture(scope="session")
def hdfs_store(fruits, hdfs) -> Store:
    return Store(hdfs.url, hdfs.put, S3Runs(fruits, hdfs))


@pytest.fixture(params=["gcs", "hdfs"])
def store(request) -> Store:
    return request.getfixturevalue(f"{request.param}_store")


@pytest.fixture(scope="session")
def few_files(few_photos) -> dict[str, bytes]:
    return {photo.relative_to(few_photos).as_posix(): photo.read_bytes() for photo in few_photos.rglob("*.jpg")}


@pytest.fixture(scope="session")
def local(fruits, few_photos, tmp_path_factory) -> pathlib.Path:
    """Results of the same photos on the disk."""
    out = tmp_path_factory.mktemp("local") / "results"
    fruits("run", few_photos, "-o", out, *SMALL)
    return out
