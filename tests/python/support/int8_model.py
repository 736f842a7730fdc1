"""An int8 bundle for tests: a store's model quantized (NNCF) on a few photos, kept between runs."""

import hashlib
import json
import pathlib
import shutil

import numpy as np


def _inputs(bundle: dict, photos: list[pathlib.Path]):
    """What the model sees of each photo."""
    from PIL import Image

    size = (bundle["input"]["width"], bundle["input"]["height"])
    mean = np.array(bundle["input"]["mean"], np.float32)
    scale = np.array(bundle["input"]["scale"], np.float32)
    for photo in photos:
        rgb = np.asarray(Image.open(photo).convert("RGB").resize(size, Image.Resampling.BICUBIC), np.float32)
        pixels = rgb[..., ::-1] if bundle["input"]["color_order"] == "bgr" else rgb
        yield ((pixels - mean) / scale).transpose(2, 0, 1)[None]


def ensure_int8(store: pathlib.Path, name: str, photos: list[pathlib.Path]) -> str:
    """`name`-int8 in the store; its name."""
    target = store / f"{name}-int8"
    if (target / "bundle.json").exists():
        return target.name
    import nncf
    import openvino as ov

    bundle = json.loads((store / name / "bundle.json").read_text())
    model = ov.Core().read_model(store / name / bundle["model_file"])
    data = nncf.Dataset(list(_inputs(bundle, photos)))
    quantized = nncf.quantize(model, data, subset_size=len(photos), preset=nncf.QuantizationPreset.MIXED)
    work = store / f".{target.name}"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    ov.save_model(quantized, work / "model.xml", compress_to_fp16=False)
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(work.iterdir())}
    bundle.update(name=target.name, model_file="model.xml", precision="int8", isa="avx512_vnni", sha256=files)
    (work / "bundle.json").write_text(json.dumps(bundle))
    work.rename(target)
    return target.name
