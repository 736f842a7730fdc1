"""What the model tests share."""

import pytest


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """The test server is on this machine, whatever proxy the environment names."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"
