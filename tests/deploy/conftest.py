import pathlib

import pytest


@pytest.fixture(scope="session")
def deploy(root_dir) -> pathlib.Path:
    """The folder deploy/."""
    return root_dir / "deploy"
