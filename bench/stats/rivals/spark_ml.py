"""Spark ML on local[2]: StandardScaler and PCA of a cached frame of Vectors. Reading and making the Vectors is told apart.

Its BLAS and LAPACK are OpenBLAS; Java has vector instructions besides.
"""

import os
import pathlib
import sys

import job
from pyspark.ml.feature import PCA, StandardScaler
from pyspark.ml.functions import array_to_vector
from pyspark.sql import SparkSession
from pyspark.sql.functions import col

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/python")]

from support.debian_package import program  # noqa: E402

PARTITIONS = 8
LIBRARIES = "usr/lib/x86_64-linux-gnu"


def openblas() -> pathlib.Path:
    """Its library, for a Java that this process starts; one thread a task, as Spark's guide to linear algebra has it."""
    needed = [program(package, LIBRARIES) for package in ("libgfortran5", "libquadmath0")]
    os.environ |= {"LD_LIBRARY_PATH": ":".join(map(str, needed)), "OPENBLAS_NUM_THREADS": "1"}
    return program("libopenblas0-pthread", f"{LIBRARIES}/openblas-pthread/libopenblas.so.0")


def main() -> None:
    args = job.arguments()
    builder = SparkSession.builder.master(f"local[{args.threads}]").config("spark.driver.memory", "9g")
    builder = builder.config("spark.ui.enabled", "false").config("spark.driver.maxResultSize", "2g")
    library = openblas()
    java = ["--add-modules=jdk.incubator.vector", *(f"-Ddev.ludovic.netlib.{of}.nativeLibPath={library}" for of in ("blas", "lapack"))]
    builder = builder.config("spark.driver.extraJavaOptions", " ".join(java))
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    found = spark._jvm.dev.ludovic.netlib
    used = [kind.getInstance().getClass().getSimpleName() for kind in (found.blas.BLAS, found.lapack.LAPACK)]
    if used != ["JNIBLAS", "JNILAPACK"]:
        raise SystemExit(f"Spark took {used}, expected JNIBLAS and JNILAPACK")
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
