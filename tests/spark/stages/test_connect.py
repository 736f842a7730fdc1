"""Both stages by Spark Connect: a client of a local server, in a process of its own."""

import importlib.util

import pytest

from support.spark_stages import assert_stages, run_stages


def test_both_stages(build_dir, photo_paths, settings, expected, tmp_path):
    if importlib.util.find_spec("grpc") is None:
        pytest.skip("grpcio is not there: Connect needs it")
    found = run_stages("remote", build_dir, photo_paths, settings, tmp_path)
    assert "connect" in found["session"]
    assert_stages(found, expected, tmp_path)
