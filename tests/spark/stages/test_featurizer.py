"""ImageFeaturizer alone: the engine's bits, and what becomes of bad photos, columns and settings."""

import warnings

import pytest
from fruits.spark import ImageFeaturizer
from pyspark.sql import functions as F
from support.spark_stages import key


def test_vectors_hold_the_bits_of_the_engine(photos, settings, expected):
    rows = ImageFeaturizer(**settings).transform(photos).collect()
    assert {key(r["path"]): r["features"].toArray().tolist() for r in rows} == expected
    assert {r["error"] for r in rows} == {None}


def test_paths_and_arrays(photos, settings, expected):
    stage = ImageFeaturizer(inputCol="path", outputType="array", batchSize=3, **settings)
    frame = stage.transform(photos.select("path"))
    assert frame.schema["features"].dataType.simpleString() == "array<float>"
    assert {key(r["path"]): r["features"] for r in frame.collect()} == expected


def test_every_row_comes_back_with_its_columns_and_reason(spark, photos, settings, expected, tmp_path):
    photo = photos.first()
    rows = [(0, photo["content"]), (1, b"no photo"), (2, None), (3, photo["content"][:900]), (4, b"")]
    frame = ImageFeaturizer(**settings).transform(spark.createDataFrame(rows, "row int, content binary").coalesce(1))
    assert frame.columns == ["row", "content", "features", "error"]
    found = frame.orderBy("row").collect()
    assert found[0]["features"].toArray().tolist() == expected[key(photo["path"])]
    assert [r["features"] is None for r in found] == [False, True, True, True, True]
    assert found[0]["error"] is None
    assert "null" in found[2]["error"]
    assert all(r["error"] for r in found[1:])
    assert [r["content"] for r in found] == [content for _, content in rows]


def test_bad_paths_are_rows(spark, photo_paths, settings, expected):
    rows = [(0, photo_paths[0]), (1, "/no/such/photo.jpg"), (2, ""), (3, None), (4, "hdfs:///no-host"), (5, photo_paths[1])]
    stage = ImageFeaturizer(inputCol="path", **settings)
    found = stage.transform(spark.createDataFrame(rows, "row int, path string").coalesce(1)).orderBy("row").collect()
    assert [r["features"] is None for r in found] == [False, True, True, True, True, False]
    assert [bool(r["error"]) for r in found] == [False, True, True, True, True, False]
    assert found[5]["features"].toArray().tolist() == expected[key(photo_paths[1])]


def test_the_column_of_photos_can_go(photos, settings):
    frame = ImageFeaturizer(dropInputCol=True, **settings).transform(photos)
    assert frame.columns == ["path", "modificationTime", "length", "features", "error"]
    assert frame.count() == 10


def test_no_photos_at_all(spark, settings):
    assert ImageFeaturizer(**settings).transform(spark.createDataFrame([], "content binary")).count() == 0


def test_a_model_that_is_not_there_fails_the_job(photos, settings):
    frame = ImageFeaturizer(**{**settings, "model": "no-such-model"}).transform(photos)
    with pytest.raises(Exception, match="model 'no-such-model' is not in the store"):
        frame.collect()


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"inputCol": "length"}, "inputCol 'length' is bigint: expected binary"),
        ({"inputCol": "photo"}, "inputCol is 'photo': the frame has no such column, but path"),
        ({"outputCol": "path"}, "outputCol is 'path': the frame has such a column already"),
        ({"errorCol": "features"}, "errorCol is 'features'"),
        ({"outputType": "list"}, "outputType is 'list': expected vector or array"),
        ({"pooling": "max"}, "--pooling 'max': expected avg or none"),
    ],
)
def test_what_cannot_be_is_said_before_a_job(photos, settings, params, said):
    with pytest.raises(ValueError, match=said):
        ImageFeaturizer(**settings, **params).transform(photos)


def test_params_are_the_engines_options():
    stage = ImageFeaturizer()
    assert (stage.getModel(), stage.getBatchSize(), stage.getExifRotate(), stage.getFit()) == ("efficientnet-lite0", 0, True, "full")
    assert stage.setInputSize(128).getInputSize() == 128
    with pytest.raises(ValueError, match="no param 'batch_size': expected one of batchSize"):
        ImageFeaturizer(batch_size=1)
    with pytest.raises(TypeError, match="batchSize"):
        ImageFeaturizer(batchSize="many")


def test_copy_save_and_load(photos, settings, expected, tmp_path):
    stage = ImageFeaturizer(**settings)
    copy = stage.copy({stage.outputCol: "vector"})
    assert (copy.getOutputCol(), stage.getOutputCol(), copy.getInputSize()) == ("vector", "features", 96)
    copy.save(str(tmp_path / "stage"))
    loaded = ImageFeaturizer.load(str(tmp_path / "stage"))
    assert loaded.uid == stage.uid
    assert loaded.extractParamMap() == copy.extractParamMap()
    row = loaded.transform(photos).first()
    assert row["vector"].toArray().tolist() == expected[key(row["path"])]


def test_large_batches_are_warned_of(spark, photos, settings):
    stage = ImageFeaturizer(cacheFeatures=False, **settings)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        spark.conf.set("spark.sql.execution.arrow.maxBytesPerBatch", "1g")
        stage.transform(photos)
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", 256)
        stage.transform(photos)
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")
        spark.conf.unset("spark.sql.execution.arrow.maxBytesPerBatch")
        stage.transform(photos.select(F.col("path").alias("content")))
    said = [warning for warning in caught if "maxRecordsPerBatch" in str(warning.message)]
    assert [str(w.message)[:55] for w in said] == ["spark.sql.execution.arrow.maxRecordsPerBatch is 10000: "]
    assert said[0].filename == __file__  # the line that calls transform()


def test_the_precision_is_chosen_where_transform_is_called(photos, settings, expected, tmp_path):
    stage = ImageFeaturizer(precision="auto", cacheFeatures=False, **settings)
    frame = stage.transform(photos.limit(1))  # the store has no int8 form that is good enough
    row = frame.first()
    said = frame.schema["features"].metadata["fruits"]
    assert (said["model"], said["precision"]) == ("efficientnet-lite0", "f32")
    assert said["precision_reason"].startswith("efficientnet-lite0-int8 ")
    assert ImageFeaturizer(**settings).transform(photos).schema["features"].metadata == {}
    assert row["features"].toArray().tolist() == expected[key(row["path"])]
    with pytest.raises(FileNotFoundError, match="precision is 'auto': models must be here as well as on the workers: model "):
        stage.copy({stage.models: str(tmp_path)}).transform(photos)
