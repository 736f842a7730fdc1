"""Reads Parquet of numbers, adds one to each through Arrow, writes Parquet: s3a_copy.py IN OUT."""

import sys

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession


def main():
    source, target = sys.argv[1:]
    spark = SparkSession.builder.appName("s3a_copy").getOrCreate()

    def add_one(batches):
        for batch in batches:
            yield pa.RecordBatch.from_arrays([pc.add(batch.column(0), 1)], ["number"])

    spark.read.parquet(source).mapInArrow(add_one, "number long").write.parquet(target)
    spark.stop()


if __name__ == "__main__":
    main()
