"""The sum of the squares below `rows` through Arrow, as JSON into a file: {sum, rows, pythons}.

With --hold a task marks in that folder that it has begun, and takes so long.
"""

import argparse
import json
import pathlib
import sys
import time
import uuid

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import SparkSession
from pyspark.sql import functions as f


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument("--hold", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=0)
    return parser.parse_args()


def squares(hold, seconds):
    def of_batches(batches):
        if hold:
            (hold / uuid.uuid4().hex).touch()
            time.sleep(seconds)
        for batch in batches:
            ids = batch.column(0)
            yield pa.RecordBatch.from_arrays(
                [pc.multiply(ids, ids), pa.array([sys.executable] * len(ids))], ["square", "python"]
            )

    return of_batches


def main():
    arguments = parse_arguments()
    spark = SparkSession.builder.appName("arrow_sum").getOrCreate()
    numbers = spark.range(0, arguments.rows, 1, arguments.partitions)
    schema = "square long, python string"
    found = numbers.mapInArrow(squares(arguments.hold, arguments.seconds), schema).agg(
        f.sum("square").alias("sum"), f.count("*").alias("rows"), f.collect_set("python").alias("pythons")
    )
    arguments.out.write_text(json.dumps(found.first().asDict()))
    spark.stop()


if __name__ == "__main__":
    main()
