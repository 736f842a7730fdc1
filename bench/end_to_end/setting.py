"""What the end-to-end benchmarks share: photos, the command, and how a process is measured."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests/python")]

import models_for_tests  # noqa: E402
from int8_store import int8_store  # noqa: E402
from machine import machine as machine  # noqa: E402
from support.chain import unpack  # noqa: E402

BUILD = ROOT / os.environ.get("FRUITS_BUILD_DIR", "build/dev")
FRUITS = BUILD / "apps/cli/fruits"
INFERENCE = BUILD / "bench/model/fruits_bench_inference"


def archive() -> pathlib.Path:
    data = models_for_tests.data_folder()
    if data is None:
        sys.exit("the test data is not there: set FRUITS_TEST_DATA to its folder")
    return data / "fruits360/test.tar"


def two_thousand_photos() -> pathlib.Path:
    """Every 11th photo of test.tar by name, 2,000 of them."""
    return unpack(archive(), models_for_tests.cache_folder() / "photos-2000", 11, 2000)


def all_photos() -> pathlib.Path:
    """All 22,688 photos of test.tar."""
    return unpack(archive(), models_for_tests.cache_folder() / "photos-22688", 1)


def training_photos() -> pathlib.Path:
    """Every tenth training photo of Fruits-360."""
    return unpack(archive().with_name("training-tenth.tar"), models_for_tests.cache_folder() / "photos-training-tenth", 1)


def store(model: str) -> pathlib.Path:
    """A store that has it; that of NAME-int8, which is quantized the first time, has NAME too."""
    base = model.removesuffix("-int8")
    found = models_for_tests.ensure_model(base)
    return found if base == model else int8_store(found, base, FRUITS, training_photos())


@dataclasses.dataclass
class Measured:
    exit_code: int
    wall: float  # from exec to exit
    peak_bytes: int
    cpu: float  # seconds of all threads
    first_event: float  # from exec to the first progress event
    last_photo: float  # from exec to the event that says that all photos are done
    record: dict  # run.json


def run(photos: pathlib.Path, model: str, *flags: str, out: pathlib.Path | None = None) -> Measured:
    """The whole process `fruits run`, its results in a new folder that is thrown away (or in `out`)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fruits-bench-"))
    try:
        target = out or folder / "out"
        command = [FRUITS, "run", photos, "-o", target, "--model", model, "--progress", "json", *flags]
        environment = {**models_for_tests.command_environment(), "FRUITS_MODELS": str(store(model))}
        begin = time.perf_counter()
        process = subprocess.Popen([str(c) for c in command], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        events: list[tuple[float, dict]] = []
        other: list[str] = []

        def listen() -> None:
            for line in process.stderr:
                if line.startswith(b"{"):
                    events.append((time.perf_counter() - begin, json.loads(line)))
                else:
                    other.append(line.decode())

        listener = threading.Thread(target=listen)
        listener.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        listener.join()
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, 3):
            sys.exit(f"fruits run failed with exit code {code}: {''.join(other)}")
        done = [at for at, event in events if event["phase"] == "featurizing" and event["done"] == event["total"]]
        return Measured(
            code,
            wall,
            usage.ru_maxrss * 1024,
            usage.ru_utime + usage.ru_stime,
            events[0][0],
            done[0] if done else float("nan"),
            json.loads((target / "run.json").read_text()),
        )
    finally:
        shutil.rmtree(folder)


def number(name: str, value: float, unit: str, **bound: float) -> None:
    """One line for the table of ./test.sh --slow."""
    print(json.dumps({"number": name, "value": float(f"{value:.6g}"), "unit": unit, **bound}), flush=True)
