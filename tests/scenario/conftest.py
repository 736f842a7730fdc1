"""The command on photos, real and rendered."""

import pathlib

import pytest

from support.chain import Command, unpack
from support.made_archives import Members


@pytest.fixture(scope="session")
def fruits(fruits_command, fruits_env, model_store) -> Command:
    return Command(fruits_command, model_store, fruits_env)


@pytest.fixture(scope="session")
def photos(data_dir, cache_dir) -> pathlib.Path:
    """554 real photos of 131 kinds."""
    return unpack(data_dir / "fruits360/test.tar", cache_dir / "photos-every-41st", 41)


@pytest.fixture(scope="session")
def few_photos(fruits, tmp_path_factory) -> pathlib.Path:
    """60 rendered ones."""
    folder = tmp_path_factory.mktemp("samples") / "photos"
    fruits("samples", folder, "--kinds", 12, "--photos", 5)
    return folder


@pytest.fixture(scope="session")
def members(few_photos) -> Members:
    """{Kind/photo.jpg: content}, in order."""
    names = sorted((p.relative_to(few_photos).as_posix() for p in few_photos.rglob("*.jpg")), key=str.encode)
    return {name: (few_photos / name).read_bytes() for name in names}
