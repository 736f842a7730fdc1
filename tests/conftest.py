"""What every Python test may ask for: the data, the cache, the build, the command and the models."""

import os
import pathlib
import signal

import models_for_tests
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", help="also the tests marked slow")


def pytest_collection_modifyitems(config, items):
    # Left out, not skipped: a skipped test counts as failed where the data is there.
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if item not in slow]


@pytest.fixture
def default_signals():
    """Programs that are started get stop signals even where this process ignores some, as under nohup or a script's `&`."""
    defaults = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in defaults.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def root_dir() -> pathlib.Path:
    """The source tree."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> pathlib.Path:
    """Real photos, golden numbers and weights: $FRUITS_TEST_DATA, else ../shared beside the source tree."""
    folder = models_for_tests.data_folder()
    if folder is None:
        pytest.skip("the test data is not there: set FRUITS_TEST_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def cache_dir() -> pathlib.Path:
    """Outside the tree, kept between runs: $FRUITS_CACHE, else ~/.cache/fruits-tests."""
    return models_for_tests.cache_folder()


@pytest.fixture(scope="session")
def build_dir() -> pathlib.Path:
    """The build tree with the test programs: $FRUITS_BUILD_DIR, else build/dev."""
    folder = ROOT / os.environ.get("FRUITS_BUILD_DIR", "build/dev")
    assert (folder / "CMakeCache.txt").exists(), f"{folder} is not a build tree: run ./test.sh, or set FRUITS_BUILD_DIR"
    return folder


@pytest.fixture(scope="session")
def fruits_command(build_dir) -> pathlib.Path:
    """The `fruits` binary under test."""
    command = build_dir / "apps/cli/fruits"
    assert command.exists(), f"{command} is missing: build the target fruits_cli"
    return command


@pytest.fixture(scope="session")
def fruits_env() -> dict[str, str]:
    """An environment in which the binary of a build tree finds its Python half."""
    return models_for_tests.command_environment()


@pytest.fixture(scope="session")
def model_store() -> pathlib.Path:
    """A store with efficientnet-lite0."""
    return models_for_tests.ensure_model("efficientnet-lite0")


@pytest.fixture(scope="session")
def resnet50_store(data_dir) -> pathlib.Path:
    """The same store, with ResNet50 from the data folder's weights in it."""
    return models_for_tests.ensure_model("resnet50")
