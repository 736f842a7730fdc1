"""Importing and quantizing models tells nobody: OpenVINO and NNCF would, each in its own way."""

import os
import subprocess
import sys

import pytest
from models.made_weights import made_lite_state, write_torch_zip

# Writes each host that the process or its children look up or connect to into the file $ASKED.
WATCHING = """
import os, sys
def watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.connect"):
        with open(os.environ["ASKED"], "a") as file:
            file.write(f"{event} {arguments}\\n")
sys.addaudithook(watch)
"""
ALONE = "import openvino"
IMPORTING = """
from fruits.cli.__main__ import main
assert main(["models", "import", "m", sys.argv[1], "--models", sys.argv[2]]) == 0
assert "openvino" in sys.modules
"""
QUANTIZING = """
import fruits.models.quantizer
import nncf, numpy, openvino
from openvino import opset13 as op
image = op.parameter([1, 3, 8, 8], numpy.float32)
kernel = op.constant(numpy.random.default_rng(1).normal(size=(4, 3, 3, 3)).astype(numpy.float32))
network = openvino.Model([op.convolution(image, kernel, [1, 1], [0, 0], [0, 0], [1, 1])], [image], "net")
nncf.quantize(network, nncf.Dataset([numpy.ones((1, 3, 8, 8), numpy.float32)]), subset_size=1)
"""


@pytest.fixture
def watched(tmp_path):
    """Runs lines as a user would who never heard of telemetry; gives what was asked for, and the user's home."""
    home = tmp_path / "home"
    home.mkdir()
    asked = tmp_path / "asked"

    def run(lines, *arguments):
        # Automation is spared by OpenVINO, and so it is not seen there. Nothing gets out, whatever is tried.
        environment = {k: v for k, v in os.environ.items() if k not in ("CI", "TF_BUILD", "JENKINS_URL") and "proxy" not in k.lower()}
        environment |= {"HOME": str(home), "ASKED": str(asked), "PYTHONPATH": os.pathsep.join(sys.path), "https_proxy": "http://127.0.0.1:9"}
        command = [sys.executable, "-c", WATCHING + lines, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return asked.read_text() if asked.exists() else "", home

    return run


def test_openvino_alone_would_tell(watched):
    """Else the tests below prove nothing, and the line in fruits/models/__init__.py may go."""
    _, home = watched(ALONE)
    assert (home / "intel").exists()


def test_importing_a_model(watched, tmp_path):
    write_torch_zip(tmp_path / "lite.pth", made_lite_state("efficientnet-lite0"))
    asked, home = watched(IMPORTING, tmp_path / "lite.pth", tmp_path / "store")
    assert asked == "" and not (home / "intel").exists()
    assert (tmp_path / "store/m/bundle.json").exists()


def test_quantizing_a_model(watched):
    asked, home = watched(QUANTIZING)
    assert asked == "" and not (home / "intel").exists()


def test_what_a_program_has_loaded_itself_is_left_alone(watched):
    watched("import openvino_telemetry\nimport fruits.models\nassert sys.modules['openvino_telemetry'] is openvino_telemetry")
