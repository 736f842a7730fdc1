"""A small Spark in this process, photos and features for it."""

import pathlib

import fruits
import numpy as np
import pytest
from pyspark.ml.linalg import Vectors, VectorUDT
from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StructField, StructType
from support.spark_stages import key, session, spark_environment

INPUT_SIZE = 96  # small is fast


@pytest.fixture(scope="session")
def spark(build_dir):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in spark_environment(build_dir).items():
            patch.setenv(name, value)
        made = session(SparkSession.builder.master("local[2]"))
        yield made
        made.stop()


@pytest.fixture(scope="session")
def photo_dir(data_dir) -> pathlib.Path:
    return data_dir / "golden/photos"


@pytest.fixture(scope="session")
def photo_paths(photo_dir) -> list[str]:
    """Five of each of two fruits."""
    return [str(p) for fruit in ("mango", "raspberry") for p in sorted((photo_dir / fruit).glob("*.jpg"))[:5]]


@pytest.fixture(scope="session")
def photos(spark, photo_paths):
    """As binaryFile reads them: path, modificationTime, length, content."""
    return spark.read.format("binaryFile").load(photo_paths)


@pytest.fixture(scope="session")
def settings(model_store) -> dict:
    return {"models": str(model_store), "inputSize": INPUT_SIZE}


@pytest.fixture(scope="session")
def expected(photo_paths, model_store) -> dict[str, list[float]]:
    """The engine's features by name of the photo, in this process."""
    extractor = fruits.FeatureExtractor(models=model_store, input_size=INPUT_SIZE)
    return dict(zip(map(key, photo_paths), extractor.transform(photo_paths).tolist(), strict=True))


@pytest.fixture(scope="session")
def features(spark):
    """60 Vectors of 24 columns on three partitions, every tenth of them null."""
    random = np.random.default_rng(7)
    values = random.normal(size=(60, 24)) @ random.normal(size=(24, 24))
    rows = [(i, None if i % 10 == 9 else Vectors.dense(row)) for i, row in enumerate(values)]
    schema = StructType([StructField("row", IntegerType()), StructField("features", VectorUDT())])
    frame = spark.createDataFrame(rows, schema).repartition(3, "row").persist()
    yield frame
    frame.unpersist()
