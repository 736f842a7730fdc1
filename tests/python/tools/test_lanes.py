"""How ./test.sh divides the Python tests."""

import tomllib

import test_steps


def test_each_folder_is_in_one_lane(root_dir):
    configured = tomllib.loads((root_dir / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]
    lanes = test_steps.pytest_lanes()
    assert sorted(folder for lane in lanes.values() for folder in lane) == sorted(configured)
    assert all(lanes.values()), "a pytest without folders would run all tests"
