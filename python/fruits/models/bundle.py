"""What bundle.json says: a model and everything needed to feed it. The C++ side reads the same fields."""

import dataclasses
import hashlib
import json

FORMAT = 1
IMPORT_VERSION = "1"  # raised when the same weights would give another model file


@dataclasses.dataclass
class Preprocessing:
    """x' = (x - mean) / scale on 0..255, in the model's own channel order."""

    width: int
    height: int
    color_order: str = "rgb"  # or "bgr"
    mean: tuple = (0.0, 0.0, 0.0)
    scale: tuple = (1.0, 1.0, 1.0)
    resize_filter: str = "bicubic"


@dataclasses.dataclass
class Bundle:
    name: str
    model_file: str
    input: Preprocessing
    feature_map: str  # tensor names; "" where the model has none
    features: str
    logits: str
    dimension: int
    classes: list
    source: str
    licence: str
    precision: str = "f32"
    isa: str = ""
    quantized_from: dict | None = None  # of an int8 model: what its quality report says (quality_report.quantized_from)
    version: str = IMPORT_VERSION


def file_digest(path, algorithm="sha256"):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def write_bundle_json(bundle, folder):
    """Last file of a bundle: it holds the digests of all others in `folder`."""
    files = sorted(entry.name for entry in folder.iterdir() if entry.name != "bundle.json")
    size = bundle.input
    document = {
        "format": FORMAT,
        "name": bundle.name,
        "version": bundle.version,
        "model_file": bundle.model_file,
        "input": {
            "width": size.width,
            "height": size.height,
            "color_order": size.color_order,
            "mean": list(size.mean),
            "scale": list(size.scale),
            "resize_filter": size.resize_filter,
        },
        "outputs": {"feature_map": bundle.feature_map, "features": bundle.features, "logits": bundle.logits},
        "dimension": bundle.dimension,
        "classes": list(bundle.classes),
        "precision": bundle.precision,
        "isa": bundle.isa,
        "source": bundle.source,
        "licence": bundle.licence,
        "sha256": {name: file_digest(folder / name) for name in files},
    }
    if bundle.quantized_from:
        document["quantized_from"] = bundle.quantized_from
    text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    (folder / "bundle.json").write_text(text, encoding="utf-8")
