"""A Spark Connect server on 127.0.0.1 for the tests; its jar is in the package pyspark.

    with ConnectServer(cluster) as server:
        server.run("job.py").check()        # plain Python, which has no Java
"""

import os
import pathlib
import re
import sys

from support.spark_cluster import Cluster
from support.spark_events import read_events
from support.spark_submit import DEADLINE, Finished, Running, outer_environment, submit_command

MAIN = "org.apache.spark.sql.connect.service.SparkConnectServer"


class ConnectServer:
    """A server on any cluster, which must outlive it; a context manager. Its clients share its application."""

    def __init__(self, cluster: Cluster, conf: dict[str, str] | None = None):
        self.cluster = cluster
        self._events = cluster.folder / "connect-events"
        self._conf = {
            **(conf or {}),
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": "0",
        }

    def __enter__(self):
        self._events.mkdir()
        command = submit_command(self.cluster, self._events, self._conf)
        daemons = self.cluster.daemons
        # As its own start script has it: a class of Spark's and no jar.
        daemons.start("connect", [*command, "--class", MAIN, "spark-internal"], self.cluster.environment())
        try:
            port = daemons.wait("connect", self._port)
        except BaseException:
            self.__exit__()
            raise
        self.url = f"sc://127.0.0.1:{port}"
        return self

    def __exit__(self, *_):
        self.cluster.daemons.kill("connect")

    def _port(self) -> str | None:
        found = re.search(r"Spark Connect server started at: \S+?:(\d+)$", self.cluster.daemons.log("connect"), re.M)
        return found[1] if found else None

    def events(self) -> list[dict]:
        return read_events(self._events)

    def environment(self) -> dict[str, str]:
        """What a client needs for SparkSession.builder.getOrCreate()."""
        proxies = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
        nowhere = {"JAVA_HOME": os.devnull, "SPARK_HOME": os.devnull}  # a client needs neither
        return {**outer_environment(), **proxies, **nowhere, **self.cluster.daemons.mark, "SPARK_REMOTE": self.url}

    def run(self, script: pathlib.Path, *arguments: object, timeout: float = DEADLINE) -> Finished:
        """A script as a client. Its functions travel by value as they are of `__main__`; a test module's would not."""
        with Running([sys.executable, script, *arguments], self.cluster.new_folder(), self.environment()) as running:
            return running.finish(timeout)
