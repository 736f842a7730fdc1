"""The scores of a job on real photos are those that Spark ML's StandardScaler and PCA give for its features."""

import fruits.spark
import pyarrow.parquet as pq
import pytest
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector
from support.chain import unpack
from support.compare import align_signs, distance, within

BOUND = 1e-6


@pytest.fixture(params=[200, pytest.param(2000, marks=pytest.mark.slow)])
def real_photos(request, data_dir, cache_dir):
    """So many of the test split; the 2,000 are those that the job computes on each kind of cluster."""
    count = request.param
    return unpack(data_dir / "fruits360/test.tar", cache_dir / f"photos-{count}", 22_000 // count, count)


def test_the_same_scores(spark, real_photos, model_store, tmp_path):
    done = fruits.spark.run(spark, real_photos, tmp_path / "out", models=model_store)
    ours = pq.read_table(tmp_path / "out/pca_result.parquet", columns=["path", "features_pca"])
    assert ours.num_rows == done.counts["features"] == len(list(real_photos.rglob("*.jpg")))

    rows = spark.read.parquet(str(tmp_path / "out/features"))
    features = rows.select("path", array_to_vector("features").alias("features")).persist()
    # Theirs finds components of centred columns and projects columns as they are: so they are centred before.
    scaler = StandardScaler(withMean=True, withStd=True, inputCol="features", outputCol="scaled").fit(features)
    scaled = scaler.transform(features)
    components = len(done.share_of_total)
    theirs = PCA(k=components, inputCol="scaled", outputCol="scores").fit(scaled)
    by_path = {row["path"]: row["scores"].toArray() for row in theirs.transform(scaled).select("path", "scores").collect()}
    features.unpersist()

    expected = [by_path[path] for path in ours["path"].to_pylist()]
    scores = ours["features_pca"].to_pylist()
    within(align_signs(list(zip(*scores, strict=True)), list(zip(*expected, strict=True))).T, expected, BOUND, "scores")
    within(done.share_of_total, theirs.explainedVariance.toArray(), BOUND, "explained variance")
    assert distance(scores, expected[::-1]) > BOUND  # of other rows they are not
