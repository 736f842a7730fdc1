"""A server with photos, a proxy before it, and the results that undisturbed runs give."""

import itertools
import pathlib
import re

import pytest

from support.s3_proxy import S3Proxy
from support.s3_runs import SMALL, S3Runs, retouched
from support.s3_server import VersityGw

OUT = "fruits-out"
COPIES = 7  # of 480 photos: more than three parts
SAME = 9  # copies of 60 photos, byte for byte: more than two parts, and cheap, as the same bytes are computed once


@pytest.fixture(scope="session")
def few_names(few_photos) -> list[str]:
    """Of 60 photos, in the order of results."""
    return sorted((p.relative_to(few_photos).as_posix() for p in few_photos.rglob("*.jpg")), key=str.encode)


@pytest.fixture(scope="session")
def many_photos(fruits, tmp_path_factory) -> pathlib.Path:
    """3,360 tiny ones, no two with the same bytes."""
    rendered = tmp_path_factory.mktemp("many") / "rendered"
    fruits("samples", rendered, "--kinds", 12, "--photos", 40, "--size", 40)
    folder = rendered.parent / "photos"
    for photo in rendered.rglob("*.jpg"):
        (folder / photo.parent.name).mkdir(parents=True, exist_ok=True)
        for copy in range(COPIES):
            (folder / photo.parent.name / f"{photo.stem}-{copy}.jpg").write_bytes(retouched(photo.read_bytes(), copy))
    return folder


@pytest.fixture(scope="session")
def server(few_photos, many_photos, tmp_path_factory):
    """versitygw with s3://fruits/few, many and same, and the empty s3://fruits-out."""
    gateway = VersityGw(tmp_path_factory.mktemp("s3-server"))
    # Words that occur nowhere else, so that any trace of them is found.
    gateway.access_key = "AKIDQUINCEMEDLAR77"
    gateway.secret_key = "loquat/salak+rambutan=93"
    with gateway:
        for bucket in ("fruits", OUT):
            gateway.make_bucket(bucket)
        gateway.upload_tree(few_photos, "fruits", "few")
        gateway.upload_tree(many_photos, "fruits", "many")
        for copy in range(SAME):
            gateway.upload_tree(few_photos, "fruits", f"same/{copy:02}")
        yield gateway


@pytest.fixture
def proxy(server):
    with S3Proxy(server) as proxy:
        yield proxy


@pytest.fixture
def run(fruits, proxy) -> S3Runs:
    """The command through the proxy."""
    return S3Runs(fruits, proxy)


@pytest.fixture(scope="session")
def direct(fruits, server) -> S3Runs:
    """The command at the server itself."""
    return S3Runs(fruits, server)


_number = itertools.count(1)


@pytest.fixture
def out(request) -> str:
    """A results folder in a bucket of which nothing is there."""
    return f"s3://{OUT}/{re.sub('[^a-z0-9]+', '-', request.node.name.lower())}-{next(_number)}"


@pytest.fixture(scope="session")
def few_csv(direct) -> bytes:
    """pca_result.csv of s3://fruits/few, undisturbed."""
    direct("run", "s3://fruits/few", "-o", f"s3://{OUT}/few", *SMALL)
    return direct.csv(f"s3://{OUT}/few")


@pytest.fixture(scope="session")
def same_csv(direct) -> bytes:
    """The same of s3://fruits/same."""
    direct("run", "s3://fruits/same", "-o", f"s3://{OUT}/same", *SMALL)
    return direct.csv(f"s3://{OUT}/same")


@pytest.fixture(scope="session")
def many_csv(direct, tmp_path_factory) -> bytes:
    """The same of s3://fruits/many."""
    folder = tmp_path_factory.mktemp("many-csv") / "results"
    direct("run", "s3://fruits/many", "-o", folder, *SMALL)
    return direct.csv(folder)
