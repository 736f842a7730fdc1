import subprocess

import pytest


@pytest.fixture(scope="session")
def pixels(build_dir):
    """The program that decodes and resizes files with the library under test."""
    program = build_dir / "tests/tools/pixels/fruits_pixels"
    assert program.exists(), f"{program} is missing: build the target fruits_pixels"
    return program


@pytest.fixture(scope="session")
def make_jpeg(build_dir):
    """rgb array, luma sampling, extra words -> the bytes of a JPEG of a kind that Pillow cannot write."""
    program = build_dir / "tests/tools/pixels/fruits_make_jpeg"
    assert program.exists(), f"{program} is missing: build the target fruits_make_jpeg"

    def make(rgb, horizontal, vertical, *extra):
        height, width, _ = rgb.shape
        command = [program, str(width), str(height), str(horizontal), str(vertical), *extra]
        return subprocess.run(command, input=rgb.tobytes(), stdout=subprocess.PIPE, check=True).stdout

    return make
