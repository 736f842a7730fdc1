import json
import shutil

import pytest

from support.chain import unpack
from support.int8_model import ensure_int8
from support.spark_job import SMALL, JobCommand


@pytest.fixture(scope="session")
def photos(data_dir, tmp_path_factory):
    """300 real photos in ten folders of thirty, and a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    for copy in range(10):
        shutil.copytree(data_dir / "golden/photos", folder / str(copy))
    (folder / "4/mango/broken.jpg").write_text("no photo")
    return folder


@pytest.fixture(scope="session")
def many_photos(data_dir, cache_dir):
    """Every 11th photo of the test split, by name: 2,000, which take a cluster of two cores a while."""
    return unpack(data_dir / "fruits360/test.tar", cache_dir / "photos-2000", 11, 2000)


@pytest.fixture(scope="session")
def command_line(fruits_command, fruits_env, model_store):
    return JobCommand(fruits_command, dict(fruits_env), model_store)


def _one_machine(command_line, photos, folder, *options):
    command_line("run", photos, "-o", folder / "results", *options)
    return folder / "results"


@pytest.fixture(scope="session")
def one_machine(command_line, photos, tmp_path_factory):
    """The results of `fruits run` on this machine."""
    return _one_machine(command_line, photos, tmp_path_factory.mktemp("one"), *SMALL)


@pytest.fixture(scope="session")
def one_machine_many(command_line, many_photos, tmp_path_factory):
    """The same of many_photos, with the default options."""
    return _one_machine(command_line, many_photos, tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="session")
def int8_store(model_store, data_dir, tmp_path_factory):
    """A store with an int8 model that runs on any CPU, by what its bundle says."""
    store = tmp_path_factory.mktemp("int8-store")
    shutil.copytree(model_store / "efficientnet-lite0", store / "efficientnet-lite0")
    name = ensure_int8(store, "efficientnet-lite0", sorted((data_dir / "golden/photos").rglob("*.jpg"))[::3])
    base = json.loads((store / "efficientnet-lite0/bundle.json").read_text())
    path = store / name / "bundle.json"
    quality = {"sha256": base["sha256"], "cosine": 0.99, "accuracy_drop": 0.0, "input_size": 32}  # as SMALL has it
    quality |= {"evaluation_photos": 1000, "evaluation_calibrated_on": 0}
    path.write_text(json.dumps({**json.loads(path.read_text()), "isa": "avx2", "quantized_from": quality}))
    return store
