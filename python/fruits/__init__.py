"""Fruits: photos to features, projections and plots, by a native engine.

    import fruits

    extractor = fruits.FeatureExtractor("resnet50")
    features = extractor.transform(["photos/apple/1.jpg", "photos/mango/7.jpg"])  # float32, one row a photo
    scores = fruits.Pca(components=1).fit_transform(features)

    fruits.run("photos", "results", model="resnet50")  # the whole chain, as the command `fruits run`

A wrong argument raises ValueError, a file or server that fails OSError, anything else `fruits.Error`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from . import _libraries

if TYPE_CHECKING:
    from ._core import Error, Moments
    from .extractor import FeatureExtractor, PhotoError
    from .pca import Pca
    from .runs import RunSummary, extract, fit, project, run
    from .scaler import StandardScaler

_libraries.load()

__version__ = _libraries.VERSION
# Brought when they are first asked for: `python -m fruits.cli` is a command, and should start like one.
_HOMES = {
    "Error": "_core",
    "FeatureExtractor": "extractor",
    "Moments": "_core",
    "Pca": "pca",
    "PhotoError": "extractor",
    "RunSummary": "runs",
    "StandardScaler": "scaler",
    "extract": "runs",
    "fit": "runs",
    "project": "runs",
    "run": "runs",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fruits' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
