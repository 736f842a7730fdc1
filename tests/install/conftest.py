import pathlib
import subprocess

import pytest


@pytest.fixture(scope="session")
def installed(build_dir, tmp_path_factory) -> pathlib.Path:
    """The whole project, installed into a folder of its own."""
    prefix = tmp_path_factory.mktemp("prefix")
    commands = [["cmake", "--build", build_dir, "--target", "fruits", "fruits_cli"]]
    for component in ("devel", "fruits"):
        commands.append(["cmake", "--install", build_dir, "--prefix", prefix, "--component", component])
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}"
    return prefix
