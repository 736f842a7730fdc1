"""Scaler and PCA of 3,000 rows of 2,048 columns: FruitsPCA against Spark ML's StandardScaler and PCA, in turns on local[2].

    python bench/spark/against_spark_ml.py [--rounds 3]

Both get the same cached frame of Vectors and give the components and shares of seven components; the data is random with a
spectrum that falls as features' does. Their results are compared as well.
"""

import argparse
import statistics
import time

import session
import setting

ROWS, COLUMNS, COMPONENTS = 3_000, 2_048, 7
TARGET = 10


def rows(spark):
    """On four partitions, cached."""
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql.types import StructField, StructType

    def make(batches):
        import numpy as np
        import pyarrow as pa
        from fruits.spark._columns import vectors

        mixing = np.random.default_rng(0).standard_normal((64, COLUMNS)) / np.arange(1, 65)[:, None]
        for batch in batches:
            for first in batch.column(0).to_pylist():
                random = np.random.default_rng(first + 1)
                values = random.standard_normal((100, 64)) @ mixing + 0.1 * random.standard_normal((100, COLUMNS)) + 1
                column = vectors(pa.array(values.astype(np.float32).reshape(-1)), np.ones(100, bool))
                yield pa.RecordBatch.from_arrays([column], ["features"])

    schema = StructType([StructField("features", VectorUDT())])
    frame = spark.range(0, ROWS // 100, 1, 4).mapInArrow(make, schema).persist()
    assert frame.count() == ROWS
    return frame


def by_fruits(frame):
    from fruits.spark import FruitsPCA

    return list(FruitsPCA(components=COMPONENTS).fit(frame).explainedVariance)


def by_spark_ml(frame):
    from pyspark.ml.feature import PCA, StandardScaler

    scaler = StandardScaler(inputCol="features", outputCol="scaled", withStd=True, withMean=False).fit(frame)
    model = PCA(k=COMPONENTS, inputCol="scaled", outputCol="pca").fit(scaler.transform(frame))
    return list(model.explainedVariance)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    session.prepare()
    spark = session.start("6g")
    frame = rows(spark)
    print(f"{setting.machine()}; {ROWS} rows of {COLUMNS} columns", flush=True)
    ways = {"fruits": by_fruits, "spark ml": by_spark_ml}
    for way in ways.values():  # Java compiles what it runs often
        way(frame.limit(200))
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    shares = {}
    for _ in range(options.rounds):
        for name, way in ways.items():
            begin = time.perf_counter()
            shares[name] = way(frame)
            seconds[name].append(time.perf_counter() - begin)
        print({name: round(values[-1], 2) for name, values in seconds.items()}, flush=True)
    spark.stop()
    worst = max(abs(a - b) for a, b in zip(*shares.values(), strict=True))
    setting.number("shares of variance: Spark ML's less FruitsPCA's, at most", worst, "", at_most=1e-9)
    ratio = statistics.median(m / f for m, f in zip(seconds["spark ml"], seconds["fruits"], strict=True))
    setting.number("Spark ML's scaler and PCA, in times of FruitsPCA's seconds", ratio, "", at_least=TARGET)


main()
