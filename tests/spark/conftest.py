"""Real clusters on 127.0.0.1, started when a test first asks for one and kept to the end."""

import pathlib

import pytest

from support.s3_server import VersityGw
from support.spark_cluster import Cluster, LocalSpark, StandaloneCluster
from support.spark_connect import ConnectServer
from support.spark_settings import s3a_conf
from support.yarn_cluster import YarnCluster

LOG_END = 3000  # bytes of each log that a failed test shows


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            cluster = value.cluster if isinstance(value, ConnectServer) else value
            if isinstance(cluster, Cluster):
                for name, file in cluster.logs().items():
                    report.sections.append((str(file), file.read_text(errors="replace")[-LOG_END:]))
    return report


@pytest.fixture(scope="session")
def jobs(root_dir) -> pathlib.Path:
    """The folder of the scripts that are submitted."""
    return root_dir / "tests/spark/jobs"


@pytest.fixture(scope="session")
def local_spark(tmp_path_factory):
    with LocalSpark(tmp_path_factory.mktemp("spark")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def standalone(tmp_path_factory):
    """Two workers of two cores. A test that kills one starts it again."""
    with StandaloneCluster(tmp_path_factory.mktemp("spark")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def yarn(tmp_path_factory):
    """Two nodes of four cores and 4 GB. A test that kills one starts it again."""
    with YarnCluster(tmp_path_factory.mktemp("spark")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def connect(spark_s3, tmp_path_factory):
    """A Connect server whose driver and executor are one process, with s3a:// on spark_s3."""
    with LocalSpark(tmp_path_factory.mktemp("connect")) as cluster, ConnectServer(cluster, s3a_conf(spark_s3)) as server:
        yield server


@pytest.fixture(scope="session")
def spark_s3(tmp_path_factory):
    """versitygw with an empty s3://spark."""
    with VersityGw(tmp_path_factory.mktemp("s3-server")) as server:
        server.make_bucket("spark")
        yield server
