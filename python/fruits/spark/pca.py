"""Scaler and PCA of features, as a stage of Spark ML."""

import inspect
from collections.abc import Iterator
from typing import Any, Self

import numpy as np
import pyarrow as pa
from pyspark.ml import Estimator, Model
from pyspark.ml.linalg import DenseMatrix, DenseVector, Vectors, VectorUDT
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable, MLReadable, MLWritable
from pyspark.sql import DataFrame
from pyspark.sql.types import ArrayType, DoubleType, StructField, StructType

from ..pca import Pca
from . import _project, _schema
from ._batches import warn_of_large_batches
from ._gather import gather
from ._params import WithParams, param, with_params
from ._storage import FittedReader, StageWriter

_OPTIONS = ("components", "variance", "center", "with_mean")
_WITH_STD = inspect.signature(Pca).parameters["with_std"].default  # the command always scales


class _PcaParams(WithParams):
    inputCol = param("inputCol", "column with features: Vector, array<float> or array<double>")
    outputCol = param("outputCol", "column for scores: a Vector where the features are one, else array<double>")
    scaledCol = param("scaledCol", "column for the scaled features; none if not set")
    withStd = param("withStd", "the scaler divides by the standard deviation", bool)

    def _start(self, defaults: dict[str, Any], given: dict[str, Any]) -> None:
        super()._start({"inputCol": "features", "outputCol": "pca", "withStd": _WITH_STD, **defaults}, given)


@with_params(*_OPTIONS)
class FruitsPCA(_PcaParams, Estimator, DefaultParamsReadable, DefaultParamsWritable):
    """StandardScaler and the principal components of the scaled rows, from one pass over a frame; as fruits.Pca.

        FruitsPCA(inputCol="features", outputCol="pca", components=7).fit(frame)

    components is K; variance above 0 keeps the fewest components whose shares reach it instead. Rows whose features are null
    are left out of the fit. At most 11,000 columns.

    Memory: a worker holds 4 * D * (D + 1) bytes of moments (17 MB at 2048 columns) and merges up to 16 of them at a time;
    the driver gets at most 16 of them and at most 300 MB, or one (which spark.driver.maxResultSize must allow). Before Spark
    4.1 a batch is spark.sql.execution.arrow.maxRecordsPerBatch rows: fit() warns where those are more than 64 MiB (above
    4,096 of 2,048 numbers each).
    """

    def __init__(self, **params: Any) -> None:
        super().__init__()
        self._start({}, params)

    def _fit(self, dataset: DataFrame) -> "FruitsPCAModel":
        _schema.check_features(dataset, self.getInputCol())
        pca = Pca(
            self.getComponents(),
            variance=self.getVariance() or None,
            center=self.getCenter(),
            with_mean=self.getWithMean(),
            with_std=self.getWithStd(),
        )
        moments = gather(dataset, self.getInputCol())
        # Only now is the width known; the next fit may be of more rows.
        what, row_bytes = f"features of {moments.dimension:,} numbers", 8 * moments.dimension
        warn_of_large_batches(dataset, what, row_bytes, stacklevel=3)  # who calls fit()
        pca.fit_moments(moments)
        return self._copyValues(FruitsPCAModel(pca))._take_settings()._resetUid(self.uid)


@with_params(*_OPTIONS)
class FruitsPCAModel(_PcaParams, Model, MLReadable, MLWritable):
    """Scores of feature rows by a fit; null where the features are null.

        FruitsPCAModel.load("results").setOutputCol("scores").transform(frame)

    load() takes what save() left, a fitted/ folder or a run's folder; `fruits project --fitted` and fruits.Pca.load take
    what save() left. A run's folder must agree with its run.json in the fit.
    """

    def __init__(self, pca: Pca) -> None:
        super().__init__()
        self._pca = pca
        self._start({}, {})
        self._take_settings()

    def _take_settings(self) -> Self:
        """The params say what the fit holds: of `variance`, how many components came of it."""
        fit = self._pca
        return self._set(components=fit.n_components_, center=fit.center, withMean=fit.with_mean, withStd=fit.with_std)

    @property
    def pca(self) -> Pca:
        """The fit, with its moments."""
        return self._pca

    @property
    def explainedVariance(self) -> DenseVector:
        """Share of the total variance, by component; Spark ML's PCAModel calls it so."""
        return Vectors.dense(self._pca.explained_variance_ratio_)

    @property
    def shareOfKept(self) -> DenseVector:
        """Share of the variance of the K components kept."""
        return Vectors.dense(self._pca.share_of_kept_)

    @property
    def eigenvalues(self) -> DenseVector:
        """The whole spectrum, largest first."""
        return Vectors.dense(self._pca.eigenvalues_)

    @property
    def totalVariance(self) -> float:
        return self._pca.total_variance_

    @property
    def pc(self) -> DenseMatrix:
        """D x K: a component is a column."""
        rows = self._pca.components_
        return DenseMatrix(rows.shape[1], rows.shape[0], np.ascontiguousarray(rows).reshape(-1))

    @property
    def mean(self) -> DenseVector:
        return Vectors.dense(self._pca.mean_)

    @property
    def std(self) -> DenseVector:
        """0 where a column is constant."""
        return Vectors.dense(self._pca.scale_)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        as_vectors = _schema.check_features(dataset, self.getInputCol())
        scaled = self.getScaledCol() if self.isSet("scaledCol") else None
        _schema.check_new(dataset, [("outputCol", self.getOutputCol()), *([("scaledCol", scaled)] if scaled else [])])
        plan = _project.Plan(self._pca.to_projection(), self.getInputCol(), as_vectors, self.getOutputCol(), scaled)
        kind = VectorUDT() if as_vectors else ArrayType(DoubleType())
        made = [StructField(name, kind) for name in (plan.output, scaled) if name]

        def project(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            from fruits.spark import _project

            return _project.project(plan, batches)

        return dataset.mapInArrow(project, StructType([*dataset.schema.fields, *made]))

    def write(self) -> StageWriter:
        return StageWriter(self, self._pca.to_files())

    @classmethod
    def read(cls) -> FittedReader:
        return FittedReader(cls)

    @classmethod
    def _of_files(cls, metadata: bytes, tensors: bytes) -> "FruitsPCAModel":
        return cls(Pca.from_files(metadata, tensors))
