"""Which way rows should go between Spark and the engine: prints seconds, the best of some rounds taken in turns.

    PYTHONPATH=build/dev/python PYSPARK_PYTHON=.venv/bin/python .venv/bin/python bench/spark/stage_paths.py [ROWS] [ROUNDS]

Vectors: built in Arrow as what they are inside, or as arrays that Java's array_to_vector takes. Projection: by mapInArrow
(all columns travel) or by a pandas_udf (one column does, Java joins the rest), with and without photos of 100 KB beside.
Moments: of 2048 columns on 40 partitions, with the peak of the driver's Java.
"""

import pathlib
import sys
import time

import fruits
import numpy as np
import pandas as pd
import pyarrow as pa
from fruits.spark import FruitsPCA, FruitsPCAModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, pandas_udf
from pyspark.sql.types import ArrayType, DoubleType, StructField, StructType

COLUMNS = 1280
PHOTO_BYTES = 100_000


def seconds(frame) -> float:
    begin = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - begin


def compare(title: str, rounds: int, ways: dict) -> None:
    taken = {name: [] for name in ways}
    for _ in range(rounds):
        for name, frame in ways.items():
            taken[name].append(seconds(frame))
    print(title, {name: round(min(values), 3) for name, values in taken.items()}, flush=True)


def made(spark, rows: int, as_vectors: bool, columns: int = COLUMNS, parts: int = 2):
    def make(batches):
        from fruits.spark._columns import lists, vectors

        for batch in batches:
            values = pa.array(np.random.default_rng(1).random(batch.num_rows * columns, np.float32))
            valid = np.ones(batch.num_rows, bool)
            column = vectors(values, valid) if as_vectors else lists(values.cast(pa.float64()), valid)
            yield pa.RecordBatch.from_arrays([column], ["features"])

    kind = VectorUDT() if as_vectors else ArrayType(DoubleType())
    return spark.range(0, rows, 1, parts).mapInArrow(make, StructType([StructField("features", kind)]))


def projections(spark, rows: int, rounds: int) -> None:
    pca = fruits.Pca(components=7).fit(np.random.default_rng(2).random((1400, COLUMNS)))
    files = pca.to_projection()
    model = FruitsPCAModel(pca)

    @pandas_udf("array<double>")
    def by_pandas(column: pd.Series) -> pd.Series:
        from fruits import _core

        return pd.Series(list(_core.Fitted.from_files(*files).project(np.stack(column))))

    features = made(spark, rows, as_vectors=True)
    for title, frame in {
        "project": features,
        "project beside photos": features.selectExpr("features", f"cast(repeat('x', {PHOTO_BYTES}) as binary) as content"),
    }.items():
        frame = frame.persist()
        frame.count()
        other = frame.withColumn("pca", array_to_vector(by_pandas(vector_to_array(col("features")))))
        compare(title, rounds, {"mapInArrow": model.transform(frame), "pandas_udf": other})
        frame.unpersist()


def gathering(spark) -> None:
    frame = made(spark, 80 * 40, as_vectors=True, columns=2048, parts=40).persist()
    frame.count()
    begin = time.perf_counter()
    model = FruitsPCA(components=7).fit(frame)
    taken = time.perf_counter() - begin
    java = spark.sparkContext._gateway.proc.pid  # the script became Java
    status = pathlib.Path(f"/proc/{java}/status").read_text()
    peak = next(line.split(":")[1].strip() for line in status.splitlines() if line.startswith("VmHWM"))
    print(f"fit of {model.pca.n_samples_} rows of 2048 columns on 40 partitions: {taken:.1f} s, Java's peak {peak}", flush=True)


def main(rows: int, rounds: int) -> None:
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    arrays = made(spark, rows, as_vectors=False)
    converted = arrays.select(array_to_vector("features").alias("features"))
    compare("vectors", rounds, {"in Arrow": made(spark, rows, as_vectors=True), "array_to_vector": converted})
    projections(spark, min(rows, 2000), rounds)
    gathering(spark)


if __name__ == "__main__":
    main(*(int(a) for a in (*sys.argv[1:], *("4000", "3")[len(sys.argv) - 1 :])))
