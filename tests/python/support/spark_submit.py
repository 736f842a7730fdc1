"""Applications of Spark as a user submits them.

    done = spark_submit(cluster, "job.py", "--rows", 1000, conf={"spark.executor.instances": "2"}).check()
    print(done.stdout, executor_counts(done.events))

    with submit(cluster, "job.py") as running:      # where something has to happen in between
        wait_until(lambda: executor_counts(running.events())[-1] == 2)
        done = running.finish()
"""

import dataclasses
import os
import pathlib
import subprocess
from collections.abc import Mapping

from support.daemons import die_with_parent
from support.spark_cluster import Cluster
from support.spark_events import read_events
from support.spark_settings import spark_conf, spark_home

DEADLINE = 600  # seconds: a job that takes ten alone takes minutes on a busy machine
CLUSTER_MODE = {"spark.submit.deployMode": "cluster"}  # the driver runs in the cluster, too


@dataclasses.dataclass
class Finished:
    exit_code: int
    stdout: str
    stderr: str
    events: list[dict]  # of the event log

    def check(self) -> "Finished":
        """Itself, where it went well."""
        assert self.exit_code == 0, f"exit code {self.exit_code}:\n{self.stdout[-1000:]}\n{self.stderr[-6000:]}"
        return self


class Running:
    """An application that was submitted; a context manager that kills it where it runs still."""

    def __init__(self, command: list, folder: pathlib.Path, env: dict[str, str]):
        self.folder = folder
        (folder / "events").mkdir()
        with open(folder / "stdout", "wb") as out, open(folder / "stderr", "wb") as err:
            self.process = subprocess.Popen(
                die_with_parent(command), env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def events(self) -> list[dict]:
        """So far; Spark flushes them when executors come or go and jobs begin or end."""
        return read_events(self.folder / "events")

    def application_id(self) -> str | None:
        """None before the driver has started."""
        return next((event["App ID"] for event in self.events() if event["Event"] == "SparkListenerApplicationStart"), None)

    def finish(self, timeout: float = DEADLINE) -> Finished:
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            err = (self.folder / "stderr").read_text(errors="replace")
            raise AssertionError(f"no end after {timeout} s: {self.process.args}\n{err[-6000:]}") from None
        out, err = ((self.folder / name).read_text(errors="replace") for name in ("stdout", "stderr"))
        return Finished(code, out, err, self.events())


def outer_environment() -> dict[str, str]:
    """This process's, without settings of the user's own Spark, Hadoop and AWS."""
    own = ("SPARK_", "PYSPARK_", "HADOOP_", "YARN_", "AWS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(own)}


def submit_command(cluster: Cluster, events: pathlib.Path, conf: Mapping[str, str] | None) -> list[object]:
    """Up to the script. `conf` comes after the cluster's own settings."""
    settings = {**spark_conf(), **cluster.conf(), "spark.eventLog.dir": f"file://{events}", **(conf or {})}
    flags = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    return [spark_home() / "bin/spark-submit", "--master", cluster.master, *flags]


def submit(
    cluster: Cluster,
    script: pathlib.Path,
    *arguments: object,
    conf: Mapping[str, str] | None = None,
    env: Mapping[str, str] | None = None,
) -> Running:
    """Starts it; `env` is what the submitting process gets besides."""
    folder = cluster.new_folder()
    command = [*submit_command(cluster, folder / "events", conf), script, *arguments]
    return Running(command, folder, {**outer_environment(), **cluster.environment(), **(env or {})})


def spark_submit(cluster: Cluster, script: pathlib.Path, *arguments: object, timeout: float = DEADLINE, **options) -> Finished:
    """Runs it to its end, as submit() starts it."""
    with submit(cluster, script, *arguments, **options) as running:
        return running.finish(timeout)
