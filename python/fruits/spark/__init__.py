"""Stages for Spark ML: photos to features, and the scaler and PCA of features, by the engine in Spark's Python workers.

    from fruits.spark import FruitsPCA, ImageFeaturizer

    photos = spark.read.format("binaryFile").option("pathGlobFilter", "*.jpg").load("s3a://bucket/photos")
    model = Pipeline(stages=[ImageFeaturizer(model="resnet50"), FruitsPCA(components=7)]).fit(photos)
    model.transform(photos).select("path", "pca").write.parquet("s3a://bucket/scores")

Spark 3.5 to 4.x, classic and Connect. The package fruits is needed on the driver and on every worker.
"""

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .featurizer import ImageFeaturizer
    from .pca import FruitsPCA, FruitsPCAModel
    from .runs import run

if importlib.util.find_spec("pyspark") is None:
    raise ImportError(
        "fruits.spark needs the package pyspark, 3.5 to 4.x: pip install 'pyspark>=3.5,<5' 'pandas>=2.2', "
        "or the extra of fruits' wheel: 'WHEEL[spark]' (docs/python.md)"
    )

# Brought when they are first asked for: a worker needs none of Spark ML.
_HOMES = {"FruitsPCA": "pca", "FruitsPCAModel": "pca", "ImageFeaturizer": "featurizer", "run": "runs"}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fruits.spark' has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
