"""What a model sees of photos: decoded, turned, resized and scaled by the engine, to the bit."""

import dataclasses
import pathlib
import tempfile

import numpy as np

from fruits.models.bundle import Bundle, write_bundle_json
from fruits.models.errors import ModelError


def model_inputs(bundle: dict, photos: list[str], count: int) -> np.ndarray:
    """n x 3 x height x width, float32, of `count` photos spread evenly over all; rejected ones are left out."""
    import fruits

    with tempfile.TemporaryDirectory(prefix="fruits-calibration-") as folder:
        model = pathlib.Path(folder, "pixels")
        model.mkdir()
        width, height = _write_pixel_bundle(bundle, model)
        output = pathlib.Path(folder, "features")
        try:
            fruits.extract(photos, output, model=str(model), models=folder, sample=count, thumbnails=False, max_rejected=1)
        except (fruits.Error, OSError, ValueError) as error:
            raise ModelError(f"--calibration: {error}") from error
        rows = read_features(output)
    return rows.reshape(len(rows), 3, height, width)


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


def read_features(output: pathlib.Path) -> np.ndarray:
    """The rows of a finished extract, n x D, float32, in the order of its parts."""
    import pyarrow.parquet as pq

    parts = sorted((output / "features").glob("part-*.parquet"))
    columns = [pq.read_table(part, columns=["features"]).column("features").combine_chunks() for part in parts]
    return np.concatenate([c.flatten().to_numpy().reshape(len(c), -1) for c in columns])
