"""Photos to features, as a stage of Spark ML."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from pyspark.ml import Transformer
from pyspark.ml.linalg import VectorUDT
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, BinaryType, FloatType, StringType, StructField, StructType

from .. import _core, _options, _places
from ..extractor import OPTIONS
from . import _schema, _worker
from ._batches import warn_of_large_batches
from ._frames import Frames
from ._params import WithParams, param, with_params

_PHOTO_BYTES = 256 << 10  # a typical one
_OUTPUT_TYPES = {"vector": VectorUDT(), "array": ArrayType(FloatType())}


@with_params("model", *sorted(OPTIONS - {"threads"}))  # threads are as many CPUs as Spark gives the task
class ImageFeaturizer(WithParams, Transformer, DefaultParamsReadable, DefaultParamsWritable):
    """A CNN's features of photos: the same bits as fruits.FeatureExtractor and `fruits run` give.

        ImageFeaturizer(model="resnet50", inputCol="content", outputCol="features", errorCol="error")

    inputCol is binary (the photo's file) or string (its path or s3:// address, read by the workers). outputCol is a Vector,
    or array<float> where outputType is "array". A photo that gives no features has null there and the reason in errorCol; it
    is never dropped. No access, no model and the like fail the job. models is the store as the workers see it (default:
    their FRUITS_MODELS, else their user's cache folder); the other params are the options of fruits.FeatureExtractor.
    precision="auto" is chosen where transform() is called, at each call and for all workers: the same store must be there
    as well, of a Connect client too. What was chosen and why is in the column's metadata, which Parquet keeps:
    frame.schema["features"].metadata["fruits"] has model, precision and precision_reason.

    cacheFeatures persists what is made of a frame, memory then disk, so that fit() and transform() on one frame infer once
    a photo; the newest four frames are kept until unpersist(). Persisted are all columns: dropInputCol leaves out the photos.

    A worker process holds one engine, a batch as Spark sends it and a slice of at most 32 MiB. Before Spark 4.1 a batch is
    spark.sql.execution.arrow.maxRecordsPerBatch photos, whatever their size: transform() warns above 256 of them.
    """

    inputCol = param("inputCol", "column with photos: binary (files) or string (paths, addresses)")
    outputCol = param("outputCol", "column for features")
    errorCol = param("errorCol", "column for the reason why a photo has none")
    outputType = param("outputType", "vector or array (of float)")
    models = param("models", "the model store, as the workers see it")
    dropInputCol = param("dropInputCol", "leave the column with photos out of the result", bool)
    cacheFeatures = param("cacheFeatures", "infer once a photo, however often one frame is transformed", bool)

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._made = Frames()  # a copy's as well
        defaults = {"inputCol": "content", "outputCol": "features", "errorCol": "error", "outputType": "vector"}
        self._start({**defaults, "dropInputCol": False, "cacheFeatures": True}, params)

    def unpersist(self) -> "ImageFeaturizer":
        """Gives the storage back; what was made before can still be used, and infers again."""
        self._made.clear()
        return self

    def _transform(self, dataset: DataFrame) -> DataFrame:
        plan = self._plan()
        self._check(dataset, plan)
        if not self.getCacheFeatures() or dataset.isStreaming:
            return self._make(dataset, plan)
        return self._made.get_or_make(repr(plan), dataset, lambda source: self._make(source, plan))

    def _plan(self) -> _worker.Plan:
        if self.getOutputType() not in _OUTPUT_TYPES:
            raise ValueError(f"outputType is {self.getOutputType()!r}: expected {' or '.join(_OUTPUT_TYPES)}")
        options = self._given_options()
        _core.check_options(_options.texts(options))
        choice = ""
        if options.get("precision") == "auto":
            made_by = self._chosen(options)
            options |= {name: made_by[name] for name in ("model", "precision")}
            choice = json.dumps(made_by, sort_keys=True)
        if self.isSet("models"):
            options["models"] = self.getModels()
        return _worker.Plan(
            options=json.dumps(options, sort_keys=True),
            column=self.getInputCol(),
            drops_column=self.getDropInputCol(),
            as_vectors=self.getOutputType() == "vector",
            output=self.getOutputCol(),
            error=self.getErrorCol(),
            choice=choice,
        )

    def _chosen(self, options: dict[str, Any]) -> dict[str, str]:
        """What this machine would take, and why, for all workers: features of two precisions do not mix."""
        store = _places.store(self.getModels() if self.isSet("models") else None)
        places = [("models", store), ("cache_directory", _places.cache_directory()), ("working_directory", os.getcwd())]
        try:
            model, precision, reason = _core.choose_model([*_options.texts(options), *places])
        except (FileNotFoundError, ValueError) as error:
            said = f"precision is 'auto': models must be here as well as on the workers: {error}"
            raise type(error)(said) from error
        return {"model": model, "precision": precision, "precision_reason": reason}

    def _check(self, dataset: DataFrame, plan: _worker.Plan) -> None:
        kind = _schema.column_type(dataset, "inputCol", plan.column)
        if not isinstance(kind, (BinaryType, StringType)):
            raise ValueError(
                f"inputCol {plan.column!r} is {kind.simpleString()}: expected binary (photos) or string (their paths)"
            )
        dropped = [plan.column] if plan.drops_column else []
        _schema.check_new(dataset, [("outputCol", plan.output), ("errorCol", plan.error)], dropped)
        if isinstance(kind, BinaryType):
            warn_of_large_batches(dataset, "photos of 256 KiB", _PHOTO_BYTES, stacklevel=4)  # who calls transform()

    def _make(self, dataset: DataFrame, plan: _worker.Plan) -> DataFrame:
        kept = [f for f in dataset.schema.fields if not (plan.drops_column and f.name == plan.column)]
        about = {"fruits": json.loads(plan.choice)} if plan.choice else None
        features = StructField(plan.output, _OUTPUT_TYPES[self.getOutputType()], metadata=about)
        made = [features, StructField(plan.error, StringType())]

        def featurize(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            from fruits.spark import _worker

            return _worker.featurize(plan, batches)

        return dataset.mapInArrow(featurize, StructType([*kept, *made]))
