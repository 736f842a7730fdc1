"""Spark ML on local[2]: StandardScaler and PCA of a cached frame of Vectors. Reading and making the Vectors is told apart."""

import job
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

PARTITIONS = 8


def main() -> None:
    args = job.arguments()
    builder = SparkSession.builder.master(f"local[{args.threads}]").config("spark.driver.memory", "9g")
    builder = builder.config("spark.ui.enabled", "false").config("spark.driver.maxResultSize", "2g")
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    reading = job.Clock()
    rows = spark.read.parquet(str(args.features)).repartition(PARTITIONS)
    frame = rows.select(array_to_vector(col("features").cast("array<double>")).alias("features")).persist()
    count = frame.count()
    read = reading.seconds()
    clock = job.Clock()
    scaler = StandardScaler(inputCol="features", outputCol="scaled", withStd=True, withMean=False).fit(frame)
    model = PCA(k=job.COMPONENTS, inputCol="scaled", outputCol="pca").fit(scaler.transform(frame))
    seconds = clock.seconds()
    job.keep_fit(args, model.pc.toArray().T, model.explainedVariance.toArray())
    spark.stop()
    clock.report(photos=count, seconds=seconds, reading=read)


main()
