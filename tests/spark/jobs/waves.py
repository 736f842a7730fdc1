"""Six tasks of some seconds each, a pause, and the same again: waves.py TASK_SECONDS PAUSE_SECONDS."""

import sys
import time

from pyspark.sql import SparkSession


def main():
    task_seconds, pause_seconds = map(float, sys.argv[1:])
    spark = SparkSession.builder.appName("waves").getOrCreate()

    def sleep(batches):
        time.sleep(task_seconds)
        yield from batches

    for wave in range(2):
        if wave:
            time.sleep(pause_seconds)
        # No shuffle: an executor with shuffle files is not idle.
        spark.range(0, 60, 1, 6).mapInArrow(sleep, "id long").write.format("noop").mode("overwrite").save()
    spark.stop()


if __name__ == "__main__":
    main()
