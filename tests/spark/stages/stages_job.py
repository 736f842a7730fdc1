"""Both stages in a process of its own: as a client of a local Connect server (with no Java on its side), or another Spark."""

import json
import sys

import pyspark
from fruits.spark import FruitsPCA, FruitsPCAModel, ImageFeaturizer
from pyspark.ml import Pipeline
from pyspark.sql import SparkSession
from support.spark_stages import key, session

way, photo_paths, settings, folder, notes = json.loads(sys.argv[1])


def note(batches):
    for batch in batches:
        with open(notes, "a") as file:
            file.write("\n" * batch.num_rows)
        yield batch


spark = session(getattr(SparkSession.builder, way)("local[2]"))
photos = spark.read.format("binaryFile").load(photo_paths)
photos = photos.mapInArrow(note, photos.schema)
featurizer = ImageFeaturizer(**settings)
model = Pipeline(stages=[featurizer, FruitsPCA(components=2)]).fit(photos)
rows = model.transform(photos).select("path", "features", "pca", "error").collect()
counted = len(open(notes).read())

model.stages[1].write().save(f"{folder}/model")
model.stages[1].write().overwrite().save(f"{folder}/model")
loaded = FruitsPCAModel.load(f"{folder}/model").setOutputCol("again")
again = {row["path"]: row["again"] for row in loaded.transform(model.transform(photos)).select("path", "again").collect()}
try:
    ImageFeaturizer(precision="auto", models=f"{folder}/nowhere").transform(photos)
except FileNotFoundError as error:
    auto_without_store = str(error)
auto = ImageFeaturizer(precision="auto", cacheFeatures=False, **settings).transform(photos.limit(1)).first()
featurizer.save(f"{folder}/featurizer")
featurizer.unpersist()
print(
    json.dumps(
        {
            "session": type(spark).__module__,
            "version": pyspark.__version__,
            "features": {key(row["path"]): row["features"].toArray().tolist() for row in rows},
            "errors": [row["error"] for row in rows if row["error"]],
            "counted": counted,
            "same": all(again[row["path"]] == row["pca"] for row in rows),
            "auto": [key(auto["path"]), auto["features"].toArray().tolist()],
            "auto_without_store": auto_without_store,
            "input_size": ImageFeaturizer.load(f"{folder}/featurizer").getInputSize(),
        }
    )
)
spark.stop()
