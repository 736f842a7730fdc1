"""Executor processes of running applications, to be killed.

    killed = kill_executor(cluster, running.application_id())
"""

import os
import pathlib
import signal
from collections.abc import Iterator

import psutil

from support.spark_cluster import Cluster


def _option(command: list[str], name: str) -> str | None:
    return command[command.index(name) + 1] if name in command[:-1] else None


def executors(cluster: Cluster, application: str) -> dict[str, psutil.Process]:
    """By executor id; the Java process of each, not the shell that YARN starts it from."""

    def found() -> Iterator[tuple[str, psutil.Process]]:
        for process in cluster.daemons.processes():
            try:
                command = process.cmdline()
            except psutil.NoSuchProcess:
                continue
            if command and pathlib.Path(command[0]).name == "java" and _option(command, "--app-id") == application:
                yield _option(command, "--executor-id"), process

    return dict(found())


def kill_executor(cluster: Cluster, application: str, executor: str | None = None) -> str:
    """SIGKILL to that executor, by default the first; which one."""
    running = executors(cluster, application)
    assert running, f"{application} has no executor"
    executor = executor or min(running, key=int)
    os.kill(running[executor].pid, signal.SIGKILL)
    return executor
