"""What a model sees of photos: decoded, turned, resized and scaled by the engine, to the bit."""

import dataclasses
import pathlib
import tempfile

import numpy as np

from fruits.models.bundle import Bundle, write_bundle_json
from fruits.models.errors import ModelError, UsageError
from fruits.models.extracted import extract

MOST_BYTES = 2 << 30  # of pixels, all held in memory


@dataclasses.dataclass
class Calibration:
    inputs: np.ndarray  # n x 3 x height x width, float32
    contents: set[bytes]  # SHA-256 of their files
    rejected: int


def check_count(bundle: dict, count: int) -> None:
    """Before any work: do so many photos fit into memory?"""
    width, height = bundle["input"]["width"], bundle["input"]["height"]
    most = MOST_BYTES // (4 * 3 * width * height)
    if count > most:
        raise UsageError(
            f"--images {count}: expected at most {most} for a model that sees {width}x{height} pixels,"
            f" as they are held in memory ({MOST_BYTES >> 30} GiB)"
        )


def take(bundle: dict, request) -> Calibration:
    """What the model sees of `request.images` photos spread evenly over the calibration's; rejected ones are left out."""
    with tempfile.TemporaryDirectory(prefix="fruits-calibration-") as folder:
        model = pathlib.Path(folder, "pixels")
        model.mkdir()
        width, height = _write_pixel_bundle(bundle, model)
        output = pathlib.Path(folder, "features")
        photos = extract(
            "--calibration", request.calibration, output, request, model=str(model), models=folder, sample=request.images
        )
    if not photos.paths:
        raise ModelError(f"--calibration: none of the photos could be used, {photos.rejected} were rejected")
    return Calibration(photos.features.reshape(-1, 3, height, width), set(photos.contents), photos.rejected)


def _write_pixel_bundle(bundle: dict, folder: pathlib.Path) -> tuple[int, int]:
    """A model whose features are its input, with the other model's preprocessing."""
    import openvino as ov
    from openvino import opset15 as ops

    seen = bundle["input"]
    width, height = seen["width"], seen["height"]
    pixels = ops.parameter([-1, 3, height, width], ov.Type.f32, name="pixels")
    features = ops.reshape(pixels, np.array([0, 3 * height * width], np.int64), special_zero=True)
    features.output(0).set_names({"features"})
    ov.save_model(ov.Model([features], [pixels], "pixels"), folder / "model.xml", compress_to_fp16=False)
    write_bundle_json(
        Bundle(
            name="pixels",
            model_file="model.xml",
            input=preprocessing(seen),
            feature_map="",
            features="features",
            logits="",
            dimension=3 * height * width,
            classes=[],
            source="made for calibration",
            licence="",
        ),
        folder,
    )
    return width, height


def preprocessing(seen: dict):
    """bundle.json's `input` as the dataclass that writes it."""
    from fruits.models.bundle import Preprocessing

    names = {field.name for field in dataclasses.fields(Preprocessing)}
    return Preprocessing(**{name: value for name, value in seen.items() if name in names})
