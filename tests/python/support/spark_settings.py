"""What Spark is started with in the tests: its folder, environment, settings and the jars of s3a://.

    spark_submit(cluster, "copy.py", "s3a://fruits/in", conf=s3a_conf(server))
"""

import functools
import importlib.util
import pathlib
import sys

from support.hadoop_settings import HADOOP
from support.java import jar_folder, java_home
from support.s3_server import Endpoint
from support.spark_classes import class_archive

AWS_SDK = "2.29.52"  # what hadoop-aws of that version is built with
# The compiler that starts fast, and one collector thread: these programs live for seconds on few cores.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"


def spark_home() -> pathlib.Path:
    return pathlib.Path(importlib.util.find_spec("pyspark").origin).parent


def s3a_jars() -> pathlib.Path:
    """hadoop-aws and the parts of the SDK that it uses, 15 MB in place of the 640 MB of the SDK's bundle."""
    sdk = [f"software.amazon.awssdk:{name}:{AWS_SDK}" for name in ("s3", "s3-transfer-manager", "sts", "kms")]
    return jar_folder(
        "s3a",
        [f"org.apache.hadoop:hadoop-aws:{HADOOP}", *sdk],
        without=["software.amazon.awssdk:bundle"],
        # Spark has its own of these, and another version of them before those breaks it (netty-nio-client is the SDK's).
        without_groups=["io.netty", "org.slf4j", "commons-codec", "commons-logging"],
    )


def spark_environment() -> dict[str, str]:
    """Of every process that belongs to Spark, wherever it runs."""
    return {
        "JAVA_HOME": str(java_home()),
        "SPARK_LOCAL_IP": "127.0.0.1",  # else it takes the address of the host's name
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }


def spark_conf() -> dict[str, str]:
    """Of every application; the same on all masters."""
    conf = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.executor.memory": "512m",
        "spark.eventLog.enabled": "true",
        # Plain lines in one file: by default Spark 4 writes compressed files in a folder.
        "spark.eventLog.compress": "false",
        "spark.eventLog.rolling.enabled": "false",
    }
    for side in ("driver", "executor"):
        conf[f"spark.{side}.extraClassPath"] = f"{s3a_jars()}/*"
        # Without its log: Java would say on stdout where the archive does not fit.
        conf[f"spark.{side}.extraJavaOptions"] = f"{JAVA_OPTIONS} -XX:SharedArchiveFile={_archive()} -Xlog:disable"
    return conf


@functools.cache
def _archive() -> pathlib.Path:
    submit = [str(spark_home() / "bin/spark-submit"), "--master", "local[2]"]
    conf = ["--conf", f"spark.driver.extraClassPath={s3a_jars()}/*", "--conf", "spark.ui.enabled=false"]
    return class_archive([s3a_jars(), spark_home() / "jars"], [*submit, *conf], JAVA_OPTIONS, spark_environment())


def dynamic_allocation(least: int, most: int, idle_seconds: int = 3, shuffle_seconds: int = 30) -> dict[str, str]:
    """Executors come and go; the pip package has no shuffle service, so those with shuffle files are watched instead."""
    return {
        "spark.dynamicAllocation.enabled": "true",
        "spark.dynamicAllocation.shuffleTracking.enabled": "true",
        "spark.dynamicAllocation.minExecutors": str(least),
        "spark.dynamicAllocation.initialExecutors": str(least),
        "spark.dynamicAllocation.maxExecutors": str(most),
        "spark.cores.max": str(most),  # of one core each; only a standalone master asks
        "spark.dynamicAllocation.executorIdleTimeout": f"{idle_seconds}s",
        # By default never. Too soon, and a stage whose shuffle files went with their executor is computed again.
        "spark.dynamicAllocation.shuffleTracking.timeout": f"{shuffle_seconds}s",
        "spark.dynamicAllocation.schedulerBacklogTimeout": "1s",
    }


def s3a_conf(server: Endpoint) -> dict[str, str]:
    """s3a:// on this server."""
    settings = {
        "endpoint": server.url,
        "endpoint.region": server.region,
        "access.key": server.access_key,
        "secret.key": server.secret_key,
        "path.style.access": "true",
        "connection.ssl.enabled": "false",
    }
    return {f"spark.hadoop.fs.s3a.{name}": value for name, value in settings.items()}
