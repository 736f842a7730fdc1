"""Server processes of one cluster, with a log each, that surely end.

    with Daemons(tmp_path) as daemons:
        daemons.start("master", [java, ...])
        port = daemons.wait("master", lambda: bound_port(daemons.log("master")))
        daemons.kill("master")

Every process carries $FRUITS_TEST_CLUSTER, also those that servers start, so that none is overlooked at the end. Whoever starts
processes whose environment a server clears hands on `mark`.
"""

import os
import pathlib
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from typing import TypeVar

import psutil

START_SECONDS = 300  # Java on a cold disk and a busy machine
MARK = "FRUITS_TEST_CLUSTER"
T = TypeVar("T")


def die_with_parent(command: list) -> list[str]:
    """The command, killed by the kernel when the starting thread ends: also where the tests are killed.

    So a thread that starts something must outlive it.
    """
    return ["setpriv", "--pdeathsig", "KILL", *map(str, command)]


def kill_all(processes: list[psutil.Process]) -> None:
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            pass
    psutil.wait_procs(processes, 20)


class Daemons:
    """Named processes; a context manager. One that ends is noticed by whoever waits for it."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.mark = {MARK: uuid.uuid4().hex}
        self._running: dict[str, subprocess.Popen] = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self._running):
            self.kill(name)
        # A server that is killed may have been starting one more.
        while left := list(self.processes()):
            kill_all(left)

    def start(self, name: str, command: list, env: dict[str, str] | None = None) -> subprocess.Popen:
        assert name not in self._running, f"{name} runs already"
        with open(self._log_file(name), "ab") as log:
            self._running[name] = subprocess.Popen(
                die_with_parent(command),
                env={**os.environ, **(env or {}), **self.mark},
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the test first, which then ends it
            )
        return self._running[name]

    def wait(self, name: str, ready: Callable[[], T], seconds: float = START_SECONDS) -> T:
        """The first true answer of `ready`; an OSError of it means not yet.

        Raises ChildProcessError where that process ends, and TimeoutError, both with the end of its log.
        """
        deadline = time.monotonic() + seconds
        while True:
            if (code := self._running[name].poll()) is not None:
                raise ChildProcessError(f"{name} ended with {code}:\n{self.log(name)[-3000:]}")
            error: object = "no answer"
            try:
                if answer := ready():
                    return answer
            except OSError as unready:
                error = unready
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} is not ready after {seconds} s ({error}):\n{self.log(name)[-3000:]}")
            time.sleep(0.1)

    def kill(self, name: str) -> None:
        """SIGKILL to it and to all that it has started, as when a machine is lost."""
        process = self._running.pop(name)
        try:
            started = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            started = []
        process.kill()
        process.wait()
        kill_all(started)

    def processes(self) -> Iterator[psutil.Process]:
        """Whatever runs of this cluster, applications included."""
        ((name, value),) = self.mark.items()
        for process in psutil.process_iter():
            try:
                if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                    yield process
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue

    def _log_file(self, name: str) -> pathlib.Path:
        return self.folder / f"{name}.log"

    def log(self, name: str) -> str:
        file = self._log_file(name)
        return file.read_text(errors="replace") if file.exists() else ""
