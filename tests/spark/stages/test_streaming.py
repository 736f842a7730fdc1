"""Photos that arrive while a stream runs."""

import shutil

from fruits.spark import FruitsPCA, ImageFeaturizer
from support.spark_stages import key


def test_photos_of_a_growing_folder(spark, photos, photo_paths, settings, expected, tmp_path):
    stage = ImageFeaturizer(**settings)
    model = FruitsPCA(components=2).fit(stage.transform(photos))
    folder = tmp_path / "photos"
    (folder / "mango").mkdir(parents=True)
    stream = spark.readStream.format("binaryFile").schema(photos.schema).load(str(folder / "mango"))
    frame = model.transform(stage.transform(stream))
    found = []

    def take(batch, _):
        found.extend(batch.select("path", "features", "pca").collect())

    query = frame.writeStream.foreachBatch(take).option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    try:
        for path in photo_paths[:2]:
            shutil.copy(path, folder / "mango")
            query.processAllAvailable()
    finally:
        query.stop()
    assert [key(row["path"]) for row in found] == [key(path) for path in photo_paths[:2]]
    assert all(row["features"].toArray().tolist() == expected[key(row["path"])] for row in found)
    assert all(len(row["pca"]) == 2 for row in found)
    assert len(stage._made._entries) == 1  # the stream's frame is not kept
    stage.unpersist()
