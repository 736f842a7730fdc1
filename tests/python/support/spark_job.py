"""What tests of `fruits run --engine spark` share.

    command_line("run", photos, "-o", out, *SMALL, cluster=standalone)
    with command_line.start("run", photos, "-o", out, cluster=standalone, conf=logged(events)) as running:
        kill_executor(standalone, application_id(events))
        running.check()
"""

import dataclasses
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Mapping

import psutil

from support.spark_cluster import Cluster
from support.spark_events import read_events
from support.spark_settings import spark_conf
from support.spark_submit import DEADLINE, outer_environment

SMALL = ["--input-size", "32", "--components", "3", "--max-rejected", "5%"]


class RunningJob:
    """A command under way; a context manager that kills it, and all that it started here, where it runs still."""

    def __init__(self, command: list[str], env: dict[str, str]):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=env, text=True, start_new_session=True, **pipes)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def kill(self) -> None:
        """The driver's machine is lost."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def wait_for_phase(self, phase: str) -> None:
        """Of a job with --progress json."""
        for line in self.process.stdout:
            if f'"phase": "{phase}"' in line:
                return
        raise AssertionError(f"it ended before its phase {phase}: {self.process.stderr.read()[-6000:]}")

    def driver(self) -> psutil.Process:
        """The Python of the job, which the JVM started."""
        for child in psutil.Process(self.process.pid).children(recursive=True):
            if child.name().startswith("python") and any(word.endswith("job.py") for word in child.cmdline()):
                return child
        raise AssertionError("no driver runs")

    def check(self, code: int = 0) -> subprocess.CompletedProcess:
        """Waits for its end, which must be this exit code."""
        out, err = self.process.communicate(timeout=DEADLINE)
        assert self.process.returncode == code, f"exit code {self.process.returncode}\n{out[-2000:]}\n{err[-6000:]}"
        return subprocess.CompletedProcess(self.process.args, code, out, err)


@dataclasses.dataclass
class JobCommand:
    """`fruits`, with a cluster's settings where one is given."""

    binary: pathlib.Path
    env: dict[str, str]
    store: pathlib.Path

    def start(self, *arguments, cluster: Cluster | None = None, conf: Mapping = {}, env: Mapping = {}) -> RunningJob:
        words = [str(self.binary), *map(str, arguments)]
        environment = self.env
        if cluster is not None:
            settings = {**spark_conf(), **cluster.conf(), "spark.executorEnv.PYTHONPATH": self.env["PYTHONPATH"]}
            settings |= {"spark.eventLog.enabled": "false", **conf}
            words += ["--engine", "spark", "--master", cluster.master]
            words += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
            environment = {**outer_environment(), **cluster.environment(), **self.env, "PYSPARK_PYTHON": sys.executable}
        return RunningJob(words, {**environment, "FRUITS_MODELS": str(self.store), **env})

    def __call__(self, *arguments, check: int = 0, **options) -> subprocess.CompletedProcess:
        with self.start(*arguments, **options) as running:
            return running.check(check)


def logged(events: pathlib.Path) -> dict[str, str]:
    """Settings of a job whose events go to this folder."""
    events.mkdir(exist_ok=True)
    return {"spark.eventLog.enabled": "true", "spark.eventLog.dir": f"file://{events}"}


def application_id(events: pathlib.Path) -> str | None:
    """None before the driver has started."""
    found = (event["App ID"] for event in read_events(events) if event["Event"] == "SparkListenerApplicationStart")
    return next(found, None)


def assert_same_results(out: pathlib.Path, one_machine: pathlib.Path) -> None:
    """Byte for byte: the same engine on the same kind of machine."""
    for name in ("pca_result.csv", "rejected.csv", "scree.svg", "projection.svg"):
        assert (out / name).read_bytes() == (one_machine / name).read_bytes(), name
    assert {p.name for p in out.iterdir()} >= {p.name for p in one_machine.iterdir()} - {"_run"}
    assert (out / "run.json").exists()
