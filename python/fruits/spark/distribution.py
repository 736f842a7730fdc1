"""A run's photos, computed by Spark's executors: each task's photos are read, featurized and written as parts there.

Only tasks (paths, zipped) and counts travel through Spark; photos and features go between the storage and the executors.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa

from ._reporting import Reporter

Options = list[tuple[str, str]]  # the engine's, by name and text

# Of the driver's environment, for the executors' engines. Inside the work and not as Spark settings: those are logged.
BUCKET_VARIABLES = "AWS_"
GROUPS_A_CORE = 4  # so that the last one does not wait long for one slow group
MOST_TASKS_A_GROUP = 8  # 1,024 photos: two whole parts
COUNTS = pa.schema([("photos", pa.int64()), ("rejected", pa.int64()), ("seconds", pa.float64())])

_workers: dict[Any, Any] = {}  # at most one, in a Python worker process


def cores_of(spark: Any) -> int:
    """Tasks that may run at once, executors that are still to come included."""
    conf = spark.sparkContext.getConf()
    a_executor = int(conf.get("spark.executor.cores", "1")) // int(conf.get("spark.task.cpus", "1"))
    dynamic = conf.get("spark.dynamicAllocation.enabled", "false") == "true"
    executors = conf.get("spark.dynamicAllocation.maxExecutors" if dynamic else "spark.executor.instances", "0")
    return max(spark.sparkContext.defaultParallelism, min(int(executors), 10_000) * max(a_executor, 1))


def groups_of(tasks: list[str], cores: int) -> list[bytes]:
    """Neighbouring tasks together, zipped: enough groups to keep every core busy, few enough to give whole parts."""
    size = min(MOST_TASKS_A_GROUP, max(1, len(tasks) // (GROUPS_A_CORE * cores)))
    return [zlib.compress("\n".join(tasks[i : i + size]).encode(), 1) for i in range(0, len(tasks), size)]


def distribute(
    spark: Any,
    options: Options,
    reporter: Reporter,
    use: dict[str, float] | None = None,
) -> Callable[[list[str]], None]:
    """What a run calls with its tasks: returns when executors have computed them all, and adds their "core_hours" to `use`."""
    cpus = int(spark.sparkContext.getConf().get("spark.task.cpus", "1"))
    environment = {name: value for name, value in os.environ.items() if name.startswith(BUCKET_VARIABLES)}

    photos, rejected = reporter.photos, reporter.rejected

    def compute(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for group in batch.column("tasks").to_pylist():
                done = _worker(options, environment).compute(zlib.decompress(group).decode().split("\n"))
                photos.add(done["photos"])
                rejected.add(done["rejected"])
                yield pa.RecordBatch.from_pylist([done], schema=COUNTS)

    def run(tasks: list[str]) -> None:
        groups = groups_of(tasks, cores_of(spark))
        rows = spark.sparkContext.parallelize([(group,) for group in groups], len(groups))
        frame = spark.createDataFrame(rows, "tasks binary")
        with reporter.running(sum(len(json.loads(task)["photos"]) for task in tasks)):
            done = frame.mapInArrow(compute, "photos bigint, rejected bigint, seconds double").collect()
        if len(done) != len(groups):
            raise RuntimeError(f"executors computed {len(done)} of {len(groups)} groups of photos")
        if use is not None:
            use["core_hours"] = use.get("core_hours", 0.0) + cpus * sum(row["seconds"] for row in done) / 3600

    return run


def _worker(options: Options, environment: dict[str, str]) -> Any:
    """This process's engine; loaded at its first task."""
    from pyspark import TaskContext

    from fruits import _core, _places, _sent_model

    key = (tuple(options), tuple(environment.items()))
    if key not in _workers:
        os.environ.update(environment)
        settings = dict(options)
        settings["models"] = _sent_model.store(settings["models"])
        settings["cache_directory"] = _places.cache_directory()
        if settings.get("threads", "0") == "0":
            settings["threads"] = str(TaskContext.get().cpus())
        repeated = [(name, text) for name, text in options if name in ("input", "glob")]
        single = [(name, text) for name, text in settings.items() if name not in ("input", "glob")]
        _workers.clear()
        _workers[key] = _core.TaskWorker.create(repeated + single)
    return _workers[key]
