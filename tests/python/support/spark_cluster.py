"""Spark's own cluster on 127.0.0.1 for the tests: a master and workers, each a process. And none, where local[2] is enough.

    with StandaloneCluster(tmp_path) as cluster:
        done = spark_submit(cluster, "job.py")
        cluster.kill_worker(0)
        cluster.start_worker(0)
"""

import itertools
import json
import pathlib
import re
import urllib.request

from support.daemons import Daemons
from support.spark_settings import JAVA_OPTIONS, spark_environment, spark_home


def ask_json(url: str) -> dict:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=20) as answer:
        return json.load(answer)


class Cluster:
    """Where applications run; a context manager that ends whatever runs there still.

    Each cluster has `master`, and says what an application needs there.
    """

    name: str
    master: str
    log_patterns: tuple[str, ...] = ("*.log", "app-*/stderr")

    def __init__(self, folder: pathlib.Path):
        self.folder = folder / self.name
        self.folder.mkdir(parents=True)
        self.daemons = Daemons(self.folder)
        self._numbers = itertools.count()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.daemons.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.daemons.__exit__()

    def start(self) -> None:
        pass

    def new_folder(self) -> pathlib.Path:
        """For what an application leaves."""
        folder = self.folder / f"app-{next(self._numbers)}"
        folder.mkdir()
        return folder

    def conf(self) -> dict[str, str]:
        return {f"spark.executorEnv.{name}": value for name, value in self.daemons.mark.items()}

    def environment(self) -> dict[str, str]:
        return {**spark_environment(), **self.daemons.mark}

    def logs(self) -> dict[str, pathlib.Path]:
        """Name and file of each log, those of applications too."""
        return {str(file.relative_to(self.folder)): file for pattern in self.log_patterns for file in self.folder.glob(pattern)}


class LocalSpark(Cluster):
    """Driver and executor in one process with two cores."""

    name = "local"
    master = "local[2]"


class StandaloneCluster(Cluster):
    """A master and `workers` workers of `cores` cores and `memory` each; ready when all are registered."""

    name = "standalone"
    log_patterns = (*Cluster.log_patterns, "work-*/*/*/stderr")

    def __init__(self, folder: pathlib.Path, workers: int = 2, cores: int = 2, memory: str = "2g"):
        super().__init__(folder)
        self.workers, self._cores, self._memory = workers, cores, memory

    def _start(self, name: str, main: str, *arguments: object) -> None:
        command = [spark_home() / "bin/spark-class", f"org.apache.spark.deploy.{main}", *arguments]
        # A killed worker is noticed by its connection; a busy machine's is merely late.
        options = f"{JAVA_OPTIONS} -Dspark.worker.timeout=300"
        env = {**spark_environment(), "SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": options}
        self.daemons.start(name, command, env)

    def start(self) -> None:
        # Asked for a certain port that is taken, Spark takes the next and says so only in its log.
        self._start("master", "master.Master", "--host", "127.0.0.1", "--port", 0, "--webui-port", 0)
        port, web_port = (self.daemons.wait("master", lambda s=s: self._port(s)) for s in ("sparkMaster", "MasterUI"))
        self.master = f"spark://127.0.0.1:{port}"
        self._state_url = f"http://127.0.0.1:{web_port}/json/"
        for i in range(self.workers):
            self._start_worker(i)
        self.wait_for_workers(self.workers)

    def _port(self, service: str) -> int | None:
        found = re.search(rf"Successfully started service '{service}' on port (\d+)", self.daemons.log("master"))
        return int(found[1]) if found else None

    def _start_worker(self, i: int) -> None:
        size = ["--cores", self._cores, "--memory", self._memory, "--work-dir", self.folder / f"work-{i}"]
        place = ["--host", "127.0.0.1", "--port", 0, "--webui-port", 0]
        self._start(f"worker-{i}", "worker.Worker", *place, *size, self.master)

    def state(self) -> dict:
        """What the master knows: workers, activeapps, completedapps, ..."""
        return ask_json(self._state_url)

    def alive_workers(self) -> int:
        return sum(worker["state"] == "ALIVE" for worker in self.state()["workers"])

    def wait_for_workers(self, count: int) -> None:
        self.daemons.wait("master", lambda: self.alive_workers() == count)

    def kill_worker(self, i: int) -> None:
        """With its executors, as when a machine is lost; returns at once, before the master knows."""
        self.daemons.kill(f"worker-{i}")

    def start_worker(self, i: int) -> None:
        """After a kill; returns when it is registered."""
        self._start_worker(i)
        self.wait_for_workers(self.workers)

    def conf(self) -> dict[str, str]:
        place = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        return {**super().conf(), **place, "spark.executor.cores": "1", "spark.cores.max": "2"}
