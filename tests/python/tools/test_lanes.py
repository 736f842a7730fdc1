"""How ./test.sh divides the Python tests."""

import pathlib
import tomllib

import test_steps

ROOT = pathlib.Path(__file__).resolve().parents[3]


def test_each_folder_is_in_one_lane():
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]
    lanes = test_steps.pytest_lanes()
    assert sorted(folder for lane in lanes.values() for folder in lane) == sorted(configured)
    assert all(lanes.values()), "a pytest without folders would run all tests"
