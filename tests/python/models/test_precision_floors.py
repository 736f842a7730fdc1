"""--precision auto asks of an int8 model what `fruits models quantize` asks of it, or warns of, unless told otherwise."""

import json
import math
import pathlib

import pytest
from fruits import _core
from fruits.models.judge import ENOUGH
from fruits.models.quantizer import QuantizeRequest

DEFAULTS = QuantizeRequest(name="net", store=pathlib.Path(), calibration=[])


def _choose(store, cosine, drop, judged):
    """(model, precision, reason), by bundles alone: no model is read."""
    base = {
        "format": 1,
        "name": "net",
        "model_file": "model.xml",
        "input": {
            "width": 32,
            "height": 32,
            "color_order": "rgb",
            "mean": [0, 0, 0],
            "scale": [1, 1, 1],
            "resize_filter": "bicubic",
        },
        "outputs": {"features": "features"},
        "dimension": 8,
        "precision": "f32",
        "sha256": {"model.xml": "a" * 64},
    }
    quality = {"sha256": base["sha256"], "cosine": cosine, "accuracy_drop": drop}
    quality |= {"evaluation_photos": judged + 10, "evaluation_calibrated_on": 10}
    int8 = {**base, "name": "net-int8", "precision": "int8", "isa": "avx2", "quantized_from": quality}
    for bundle in (base, int8):
        (store / bundle["name"]).mkdir(parents=True, exist_ok=True)
        (store / bundle["name"] / "bundle.json").write_text(json.dumps(bundle))
    return _core.choose_model([("model", "net"), ("precision", "auto"), ("models", str(store))])


@pytest.mark.parametrize(
    ("cosine", "drop", "judged", "is_good"),
    [
        (DEFAULTS.min_cosine, DEFAULTS.max_accuracy_drop, ENOUGH, True),
        (math.nextafter(DEFAULTS.min_cosine, 0), 0.0, ENOUGH, False),
        (1.0, math.nextafter(DEFAULTS.max_accuracy_drop, 1), ENOUGH, False),
        (1.0, 0.0, ENOUGH - 1, False),
    ],
)
def test_the_floors_are_the_same(store, cosine, drop, judged, is_good):
    model, precision, _ = _choose(store, cosine, drop, judged)
    assert (model, precision == "int8") == (("net-int8", True) if is_good else ("net", False))
