"""The chain that Fruits replaces, as such notebooks are written: Keras in a pandas UDF, Spark ML's scaler and PCA, a CSV.

    python bench/spark/original_chain.py PHOTOS OUTPUT [LIMIT]

Random weights: they cost what ImageNet's cost. Runs in an environment with pyspark, tensorflow-cpu, pandas and Pillow.
"""

import io
import pathlib
import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
from PIL import Image
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, element_at, pandas_udf, split

COMPONENTS = 7
SIDE = 224


def network(weights=None):
    from tensorflow.keras.applications.resnet50 import ResNet50

    model = ResNet50(weights=None, include_top=False, pooling="avg", input_shape=(SIDE, SIDE, 3))
    if weights is not None:
        model.set_weights(weights)
    return model


def preprocess(content: bytes) -> np.ndarray:
    from tensorflow.keras.applications.resnet50 import preprocess_input

    image = Image.open(io.BytesIO(content)).convert("RGB").resize((SIDE, SIDE))
    return preprocess_input(np.asarray(image, dtype=np.float32))


def main(photos: str, output: str, limit: int) -> None:
    spark = SparkSession.builder.master("local[2]").config("spark.driver.memory", "8g").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    # 100 MB of weights, sent once and not with every task.
    weights = spark.sparkContext.broadcast(network().get_weights())

    @pandas_udf("array<float>")
    def featurize(batches: Iterator[pd.Series]) -> Iterator[pd.Series]:
        model = network(weights.value)
        for contents in batches:
            features = model.predict(np.stack(contents.map(preprocess)), verbose=0)
            yield pd.Series(list(features))

    images = (
        spark.read.format("binaryFile").option("pathGlobFilter", "*.jpg").option("recursiveFileLookup", "true").load(photos)
    )
    images = images.withColumn("label", element_at(split("path", "/"), -2)).orderBy("path").limit(limit)
    images = images.repartition(4)
    featurized = images.select("path", "label", array_to_vector(featurize("content")).alias("features")).persist()
    featurized.count()
    scaled = StandardScaler(inputCol="features", outputCol="scaled").fit(featurized).transform(featurized)
    pca = PCA(k=COMPONENTS, inputCol="scaled", outputCol="features_pca").fit(scaled)
    result = pca.transform(scaled).select("path", "label", vector_to_array(col("features_pca")).alias("features_pca"))
    result.toPandas().to_csv(pathlib.Path(output) / "pca_result.csv", index=False)
    print("shares", list(pca.explainedVariance))
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 400)
