"""The ResNet50 that all rivals compute: the test data's weights as .npz, .onnx and int8 .onnx, made once in the tests' cache."""

import hashlib
import os
import pathlib
import tempfile

import numpy as np
import setting
from environments import python_of
from support.chain import unpack
from support.int8_model import ensure_int8
from support.kept import call, kept

PROGRAMS = pathlib.Path(__file__).with_name("programs")
CALIBRATION_PHOTOS = 100


def calibration_photos() -> pathlib.Path:
    """Of the training photos, for both quantizers."""
    archive = setting.archive().with_name("training-tenth.tar")
    folder = setting.models_for_tests.cache_folder() / f"calibration-{CALIBRATION_PHOTOS}"
    return unpack(archive, folder, 60, CALIBRATION_PHOTOS)


def rivals_models() -> pathlib.Path:
    """The folder with resnet50.npz, resnet50.onnx and resnet50-int8.onnx."""
    source = setting.models_for_tests._resnet50_weights()
    writer = PROGRAMS / "resnet50_onnx.py"
    photos = calibration_photos()

    def make(work: pathlib.Path) -> None:
        with np.load(source) as weights:
            np.savez(work / "resnet50.npz", **{name: weights[name].astype(np.float32) for name in weights.files})
        environment = {**os.environ, "PYTHONPATH": str(PROGRAMS)}
        with tempfile.TemporaryDirectory() as folder:  # the quantizer leaves files where it runs
            call([python_of("onnxruntime"), writer, work, photos], cwd=folder, env=environment)

    of = hashlib.sha256(source.read_bytes() + writer.read_bytes()).hexdigest()
    return kept("rivals", "models", of, make)


def our_model(precision: str) -> str:
    """Its name in the store; int8 is quantized there on the same photos unless a test has done it."""
    store = setting.store("resnet50")
    if precision == "f32":
        return "resnet50"
    return ensure_int8(store, "resnet50", sorted(calibration_photos().rglob("*.jpg")))
