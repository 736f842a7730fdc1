"""Running a bundle as the engine does, with OpenVINO's and Pillow's own Python."""

import io
import json
import pathlib

import numpy as np

from fruits.cli.__main__ import main


def run_cli(capsys, *arguments):
    """Exit code, stdout, stderr."""
    capsys.readouterr()
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def read_bundle(folder):
    return json.loads((pathlib.Path(folder) / "bundle.json").read_text(encoding="utf-8"))


def compiled(folder):
    import openvino

    file = pathlib.Path(folder) / read_bundle(folder)["model_file"]
    # f32 said outright: some processors' default is bf16.
    return openvino.Core().compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def infer(folder, x):
    """Output name -> array, for an input already normalised."""
    result = compiled(folder)(np.ascontiguousarray(x, np.float32))
    return {next(iter(port.get_names())): np.array(result[port]) for port in result}


def photo_to_input(data, preprocessing):
    """Bytes of a photo to 3 x H x W."""
    from PIL import Image

    filters = {"bicubic": Image.BICUBIC, "bilinear": Image.BILINEAR}
    size = (preprocessing["width"], preprocessing["height"])
    image = Image.open(io.BytesIO(data)).convert("RGB").resize(size, filters[preprocessing["resize_filter"]])
    pixels = np.asarray(image, np.float32)
    if preprocessing["color_order"] == "bgr":
        pixels = pixels[:, :, ::-1]
    mean, scale = (np.array(preprocessing[key], np.float32) for key in ("mean", "scale"))
    return ((pixels - mean) / scale).transpose(2, 0, 1)


def largest_error(found, wanted):
    """Largest difference over the largest magnitude of each row; the worst row."""
    found, wanted = (np.reshape(a, (len(a), -1)).astype(np.float64) for a in (found, wanted))
    return float((np.abs(found - wanted).max(axis=1) / np.abs(wanted).max(axis=1)).max())
