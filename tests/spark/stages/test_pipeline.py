"""The stages among Spark ML's own."""

from fruits.spark import FruitsPCA, FruitsPCAModel, ImageFeaturizer
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.sql import functions as F


def test_with_spark_mls_own_stages(photos, settings):
    labelled = photos.select("path", "content", F.col("path").contains("/mango/").cast("double").alias("label"))
    pipeline = Pipeline(
        stages=[
            ImageFeaturizer(dropInputCol=True, **settings),
            StandardScaler(inputCol="features", outputCol="scaled"),
            PCA(k=3, inputCol="scaled", outputCol="theirs"),
            FruitsPCA(components=3, outputCol="ours"),
            LogisticRegression(featuresCol="theirs", regParam=0.01),
        ]
    )
    model = pipeline.fit(labelled)
    rows = model.transform(labelled).collect()
    assert len(rows) == 10
    assert all(row["prediction"] == row["label"] for row in rows)
    assert {(len(row["features"]), len(row["theirs"]), len(row["ours"])) for row in rows} == {(1280, 3, 3)}
    model.stages[0].unpersist()


def test_a_fitted_pipeline_is_saved_and_loaded(photos, settings, tmp_path):
    pipeline = Pipeline(stages=[ImageFeaturizer(**settings), FruitsPCA(components=2, scaledCol="scaled")])
    pipeline.write().save(str(tmp_path / "pipeline"))
    model = Pipeline.load(str(tmp_path / "pipeline")).fit(photos)
    model.write().save(str(tmp_path / "model"))
    model.write().overwrite().save(str(tmp_path / "model"))
    loaded = PipelineModel.load(str(tmp_path / "model"))
    assert [type(stage) for stage in loaded.stages] == [ImageFeaturizer, FruitsPCAModel]
    assert [stage.uid for stage in loaded.stages] == [stage.uid for stage in model.stages]
    by_path = [m.transform(photos).select("path", "pca", "scaled").orderBy("path").collect() for m in (model, loaded)]
    assert by_path[0] == by_path[1]
    for fitted in (model, loaded):
        fitted.stages[0].unpersist()
