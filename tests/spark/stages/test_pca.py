"""FruitsPCA and its model on frames of features: against fruits.Pca and against Spark ML."""

import warnings

import fruits
import numpy as np
import pytest
from fruits.spark import FruitsPCA, _gather
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType
from support.compare import align_signs, within
from support.spark_stages import matrix


def test_equals_the_engine_on_one_machine(features):
    rows = matrix(features, "features")
    expected = fruits.Pca(components=4).fit(rows)
    model = FruitsPCA(components=4, scaledCol="scaled").fit(features)
    scores = model.transform(features).persist()
    within(model.pca.components_, expected.components_, 1e-10, "components")
    within(model.explainedVariance.toArray(), expected.explained_variance_ratio_, 1e-10, "explained variance")
    within(model.shareOfKept.toArray(), expected.share_of_kept_, 1e-10, "share of the K kept")
    within(model.eigenvalues.toArray(), expected.eigenvalues_, 1e-10, "eigenvalues")
    within(model.mean.toArray(), expected.mean_, 1e-10, "mean")
    within(model.std.toArray(), expected.scale_, 1e-10, "std")
    within(model.pc.toArray(), expected.components_.T, 1e-10, "pc")
    within([model.totalVariance], [expected.total_variance_], 1e-10, "total variance")
    within(matrix(scores, "pca"), expected.transform(rows), 1e-10, "scores")
    within(matrix(scores, "scaled"), expected.scale(rows), 1e-10, "scaled")
    assert scores.where("features is null and pca is null and scaled is null").count() == 6
    assert (scores.count(), model.pca.n_samples_) == (60, 54)
    assert isinstance(scores.schema["pca"].dataType, VectorUDT)
    scores.unpersist()


def test_the_same_bits_as_the_fit_it_holds(features):
    model = FruitsPCA(components=4).fit(features)
    scores = matrix(model.transform(features), "pca")
    assert np.array_equal(scores, model.pca.transform(matrix(features, "features")))


def test_equals_spark_ml(features):
    good = features.where("features is not null")
    scaled = StandardScaler(inputCol="features", outputCol="scaled").fit(good).transform(good)
    theirs = PCA(k=4, inputCol="scaled", outputCol="theirs").fit(scaled)
    ours = FruitsPCA(components=4, center=False).fit(good)
    within(align_signs(ours.pca.components_, theirs.pc.toArray().T), theirs.pc.toArray().T, 1e-6, "components")
    within(ours.explainedVariance.toArray(), theirs.explainedVariance.toArray(), 1e-6, "explained variance")
    both = ours.transform(theirs.transform(scaled)).persist()
    expected = matrix(both, "theirs")
    within(align_signs(matrix(both, "pca").T, expected.T).T, expected, 1e-6, "scores")
    both.unpersist()


@pytest.mark.parametrize("kind", ["array<double>", "array<float>"])
def test_arrays(features, kind):
    arrays = features.select("row", F.when(F.col("features").isNotNull(), vector_to_array("features")).cast(kind).alias("features"))
    model = FruitsPCA(components=3).fit(arrays)
    scores = model.transform(arrays)
    assert scores.schema["pca"].dataType.simpleString() == "array<double>"
    rows = matrix(arrays, "features")
    within(matrix(scores, "pca"), fruits.Pca(components=3).fit(rows).transform(rows), 1e-10, "scores")


def test_sparse_vectors(spark):
    rows = [(Vectors.sparse(3, [i % 3], [float(i)]),) for i in range(9)] + [(Vectors.dense([1.0, 2.0, 3.0]),)]
    frame = spark.createDataFrame(rows, StructType([StructField("features", VectorUDT())]))
    expected = fruits.Pca(components=2).fit(np.array([v.toArray() for (v,) in rows]))
    within(FruitsPCA(components=2).fit(frame).pca.components_, expected.components_, 1e-10, "components")


def test_rounds_of_merging_give_the_same(features, monkeypatch):
    rows = matrix(features, "features")
    monkeypatch.setattr(_gather, "_MOST", 3)  # 20 partitions: 7, then 3
    moments = _gather.gather(features.repartition(20), "features")
    assert moments.count == 54
    within(moments.covariance, np.cov(rows.T), 1e-10, "covariance")


def test_the_driver_takes_no_more_bytes_than_its_bound(features, monkeypatch):
    """Not even two partitions' moments: rounds of two leave one."""
    rows = matrix(features, "features")
    monkeypatch.setattr(_gather, "_MOST_BYTES", 1)
    merge, taken = _gather.merge, []

    def counted(packed):
        taken.extend(packed)
        return merge(taken)

    monkeypatch.setattr(_gather, "merge", counted)  # the driver's; workers have their own
    moments = _gather.gather(features.repartition(5), "features")  # 5, 3, 2, 1
    assert (len(taken), moments.count) == (1, 54)
    within(moments.covariance, np.cov(rows.T), 1e-10, "covariance")


def test_large_batches_are_warned_of(spark, features):
    """By the width that the rows have: 64 MiB are 349,525 of these."""

    def warnings_at(rows):
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", rows)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            FruitsPCA(components=2).fit(features)
        return [warning for warning in caught if "maxRecordsPerBatch" in str(warning.message)]

    spark.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", "1g")
    try:
        assert warnings_at(10_000) == []
        (said,) = warnings_at(400_000)
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
        spark.conf.unset("spark.sql.execution.arrow.maxBytesPerBatch")
    assert "349525 are 64 MiB of features of 24 numbers" in str(said.message)
    assert said.filename == __file__  # the line that calls fit()


def test_fewest_components_that_reach_a_share(features):
    model = FruitsPCA(variance=0.6).fit(features)
    shares = model.explainedVariance.toArray()
    assert shares.sum() >= 0.6 > shares[:-1].sum()
    assert model.getComponents() == len(shares)


@pytest.mark.parametrize(
    ("sql", "params", "said"),
    [
        ("select 'a' as features", {}, "inputCol 'features' is string: expected a Vector, array<float> or array<double>"),
        ("select array(1) as features", {}, "inputCol 'features' is array<int>"),
        ("select 1 as x", {}, "the frame has no such column, but x"),
        ("select cast(null as array<double>) as features", {}, "no row has features"),
        ("select array(1d) as features", {"components": 0}, "components"),
    ],
)
def test_what_cannot_be_is_said(spark, sql, params, said):
    with pytest.raises(ValueError, match=said):
        FruitsPCA(**params).fit(spark.sql(sql))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("(array(1d, 2d)), (array(1d))", "rows of one width|dimension"),
        ("(array(1d, double('nan'))), (array(1d, 2d))", "NaN|finite"),
    ],
)
def test_rows_that_cannot_be_fail_the_job(spark, rows, said):
    with pytest.raises(Exception, match=said):
        FruitsPCA(components=1).fit(spark.sql(f"select col1 as features from values {rows}").coalesce(1))


def test_a_column_that_is_there_is_not_replaced(features):
    model = FruitsPCA(components=1, outputCol="row").fit(features)
    with pytest.raises(ValueError, match="outputCol is 'row'"):
        model.transform(features)
