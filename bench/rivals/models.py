"""The ResNet50 that all rivals compute: the test data's weights as .npz, .onnx and each tool's own int8, made once in the tests' cache."""

import hashlib
import os
import pathlib
import tempfile

import numpy as np
import setting
from environments import python_of
from support.chain import unpack
from support.kept import call, kept

PROGRAMS = pathlib.Path(__file__).with_name("programs")
CALIBRATION_PHOTOS = 100


def calibration_photos() -> pathlib.Path:
    """Of the training photos, for the rivals' quantizers."""
    archive = setting.archive().with_name("training-tenth.tar")
    folder = setting.models_for_tests.cache_folder() / f"calibration-{CALIBRATION_PHOTOS}"
    return unpack(archive, folder, 60, CALIBRATION_PHOTOS)


def _call(environment: str, *command, cwd: pathlib.Path) -> None:
    call([python_of(environment), *command], cwd=cwd, env={**os.environ, "PYTHONPATH": str(PROGRAMS)})


def rivals_models(environment: str, precision: str) -> pathlib.Path:
    """The folder with resnet50.npz and resnet50.onnx, or the one with resnet50-int8.onnx, for PyTorch with resnet50-int8-BATCH.pt2."""
    source = setting.models_for_tests._resnet50_weights()
    writer = PROGRAMS / "resnet50_onnx.py"

    def make(work: pathlib.Path) -> None:
        with np.load(source) as weights:
            np.savez(work / "resnet50.npz", **{name: weights[name].astype(np.float32) for name in weights.files})
        _call("onnxruntime", writer, work, cwd=work)

    of = hashlib.sha256(source.read_bytes() + writer.read_bytes()).hexdigest()
    models = kept("rivals", "models", of, make)
    if precision == "f32":
        return models

    maker, quantizer, weights, made = (
        ("torchao", PROGRAMS / "quantize_torch.py", "resnet50.npz", ".")
        if environment == "torch"
        else ("onnxruntime", PROGRAMS / "quantize_onnx.py", "resnet50.onnx", "resnet50-int8.onnx")
    )

    def make_int8(work: pathlib.Path) -> None:
        with tempfile.TemporaryDirectory() as folder:  # quantizers leave files where they run
            _call(maker, quantizer, models / weights, calibration_photos(), work / made, cwd=folder)

    return kept("rivals", f"models-int8-{maker}", of + hashlib.sha256(quantizer.read_bytes()).hexdigest(), make_int8)


def our_model(precision: str) -> str:
    """Its name in setting.store()."""
    return "resnet50" if precision == "f32" else "resnet50-int8"
