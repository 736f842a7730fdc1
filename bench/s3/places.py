"""What the S3 benchmarks share: where photos and results are, and the command between them."""

import dataclasses
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import psutil

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))

import setting  # noqa: E402
from models_for_tests import command_environment  # noqa: E402
from support.s3_proxy import S3Proxy  # noqa: E402
from support.s3_server import Endpoint, Server  # noqa: E402

Event = tuple[float, dict]  # seconds since exec, and what --progress json said


@dataclasses.dataclass
class Run:
    """One `fruits` process, from exec to exit."""

    wall: float
    cpu: float  # seconds of all its threads
    peak_bytes: int
    others_cpu: float  # what server and proxy used meanwhile
    events: list[Event]


@dataclasses.dataclass
class Place:
    """A folder or a bucket's prefix, the endpoint that it is reached by, and the processes behind that."""

    root: str
    endpoint: Endpoint | None = None
    processes: tuple[int, ...] = ()

    def at(self, name: str) -> str:
        return f"{self.root}/{name}"

    def record(self, name: str) -> dict:
        """run.json of the results there."""
        uri = self.at(f"{name}/run.json")
        if self.endpoint is None:
            return json.loads(pathlib.Path(uri).read_text())
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return json.loads(self.endpoint.read(bucket, key))

    def environment(self, store: pathlib.Path) -> dict[str, str]:
        environment = {**command_environment(), "FRUITS_MODELS": str(store)}
        return self.endpoint.environment(environment) if self.endpoint else environment

    def cpu_seconds(self) -> float:
        times = [psutil.Process(pid).cpu_times() for pid in self.processes]
        return sum(t.user + t.system for t in times)


def behind(server: Server, proxy: S3Proxy | None, root: str) -> Place:
    return Place(root, proxy or server, (server.pid, proxy.pid) if proxy else (server.pid,))


def run(place: Place, model: str, *arguments: str, stop_at: Callable[[dict], bool] | None = None) -> Run:
    """`fruits ARGUMENTS...`; ends this program where that fails. It is interrupted at the first event that `stop_at` knows."""
    command = [str(setting.FRUITS), *arguments, "--progress", "json"]
    before = place.cpu_seconds()
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, env=place.environment(setting.store(model)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    events: list[Event] = []
    other: list[str] = []
    stopped = False

    def listen() -> None:
        nonlocal stopped
        for line in process.stderr:
            if not line.startswith(b"{"):
                other.append(line.decode())
                continue
            events.append((time.perf_counter() - begin, json.loads(line)))
            if stop_at and not stopped and stop_at(events[-1][1]):
                stopped = True
                process.send_signal(signal.SIGINT)

    listener = threading.Thread(target=listen)
    listener.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)  # nobody waits for it again
    listener.join()
    if process.returncode != (130 if stopped else 0) or (stop_at and not stopped):
        sys.exit(f"{' '.join(command)}: exit code {process.returncode}\n{''.join(other)}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, place.cpu_seconds() - before, events)


def first_photo(run: Run) -> float:
    """Seconds from exec to the first event that counts a computed photo: at most 0.1 s after it was."""
    return next(at for at, event in run.events if event["phase"] == "featurizing" and event["done"] > 0)


def all_listed(run: Run) -> float:
    """Seconds from exec to the first event that knows the number of photos."""
    return next(at for at, event in run.events if event["phase"] == "featurizing" and event["total"] > 0)
