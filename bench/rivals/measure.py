"""A process from exec to exit: its seconds, CPU time, the most memory that it and its children held together, its last JSON line."""

import dataclasses
import json
import os
import pathlib
import resource
import signal
import subprocess
import tempfile
import threading
import time
import uuid

MARK = "FRUITS_BENCH_PROCESS"  # children are found by it, those that left the process's group as well
SAMPLE_SECONDS = 1.0  # and a tenth of it at first


@dataclasses.dataclass
class Finished:
    seconds: float
    peak_bytes: int
    line: dict  # the last JSON line of its stdout
    out: str
    failure: str  # empty where it went well
    cpu_seconds: float = 0.0  # user and system, its own and its children's (of those that were waited for)


def _memory(mark: bytes) -> int:
    """Bytes of all processes with the mark, shared pages counted once."""
    total = 0
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes():
                line = next(line for line in (folder / "smaps_rollup").read_text().splitlines() if line.startswith("Pss:"))
                total += int(line.split()[1]) * 1024
        except (OSError, StopIteration):  # it ended meanwhile
            continue
    return total


def _last_json(text: str) -> dict:
    lines = [line for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
    return json.loads(lines[-1]) if lines else {}


def _reason(code: int, error: str) -> str:
    said = [line for line in error.splitlines() if line.strip()]
    return f"exit code {code}: {said[-1].strip()[:300] if said else 'it said nothing'}"


def process(command: list, environment: dict[str, str], timeout: float = 3600) -> Finished:
    """Runs it to its end, or stops it (and its group) after `timeout` seconds."""
    mark = uuid.uuid4().hex
    peak = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not ended.wait(SAMPLE_SECONDS / 10 if time.perf_counter() - begin < SAMPLE_SECONDS else SAMPLE_SECONDS):
            peak = max(peak, _memory(f"{MARK}={mark}".encode()))

    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        watcher = threading.Thread(target=watch)
        begin = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in command],
            env={**environment, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=error,
            process_group=0,  # not a session of its own, which Linux would give a share of the machine of its own
        )
        alarm = threading.Timer(timeout, lambda: os.killpg(child.pid, signal.SIGKILL))
        alarm.start()
        watcher.start()
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begin
        child.returncode = code = os.waitstatus_to_exitcode(status)
        alarm.cancel()
        ended.set()
        watcher.join()
        out.seek(0)
        error.seek(0)
        printed, said = out.read(), error.read()
    failure = "" if code in (0, 3) else f"stopped after {timeout:.0f} s" if seconds >= timeout else _reason(code, said)
    # A child's maximum begins with what this process held when it forked, so a lower one says nothing.
    own = usage.ru_maxrss if usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss else 0
    return Finished(seconds, max(peak, own * 1024), _last_json(printed), printed, failure, usage.ru_utime + usage.ru_stime)
