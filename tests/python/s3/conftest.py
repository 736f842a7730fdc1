"""The servers that these tests talk to, each started once."""

import pytest
from s3.origin import Origin
from support.s3_server import Minio, VersityGw

BUCKET = "fruits"


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """{name: server}, each with the empty bucket `fruits` and buckets that tests made."""
    with VersityGw(tmp_path_factory.mktemp("versitygw")) as versitygw, Minio(tmp_path_factory.mktemp("minio")) as minio:
        for server in (versitygw, minio):
            server.make_bucket(BUCKET)
        yield {"versitygw": versitygw, "minio": minio}


@pytest.fixture(params=["versitygw", "minio"])
def server(request, servers):
    return servers[request.param]


@pytest.fixture
def origin():
    """A server that shows what reached it."""
    with Origin() as origin:
        yield origin
