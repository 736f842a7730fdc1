"""The command with a model store."""

import pytest

from support.chain import Command


@pytest.fixture(scope="module")
def chain(fruits_command, fruits_env, model_store, tmp_path_factory) -> Command:
    """`fruits` with a store and a cache of its own."""
    return Command(fruits_command, model_store, {**fruits_env, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))})
