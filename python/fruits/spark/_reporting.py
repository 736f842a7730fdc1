"""What executors have done of a run's photos, told while they work."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

_EVERY = 1.0  # seconds


class Reporter:
    """Counts of a Spark job that workers add to, as events of a run's progress.

    A task's counts arrive when it ends. What on_progress raises ends the job, and is raised by running().
    """

    def __init__(self, spark: Any, on_progress: Callable[[dict[str, Any]], None] | None) -> None:
        self._context = spark.sparkContext
        self._on_progress = on_progress
        self.photos = self._context.accumulator(0)
        self.rejected = self._context.accumulator(0)

    @contextlib.contextmanager
    def running(self, total: int) -> Iterator[None]:
        """Around an action in this thread, on so many photos."""
        group = f"fruits {id(self)}"
        self._context.setJobGroup(group, f"features of {total:,} photos", interruptOnCancel=True)
        over = threading.Event()
        raised: list[BaseException] = []

        def report() -> None:
            begin = time.monotonic()
            while not over.wait(_EVERY):
                try:
                    self._tell(total, time.monotonic() - begin)
                except BaseException as error:
                    raised.append(error)
                    self._context.cancelJobGroup(group)
                    return

        thread = threading.Thread(target=report, name="fruits progress", daemon=True)
        if self._on_progress:
            thread.start()
        try:
            yield
        except Exception:
            if not raised:
                raise
        finally:
            over.set()
            if self._on_progress:
                thread.join()
            self._context.setLocalProperty("spark.jobGroup.id", None)
            self._context.setLocalProperty("spark.job.description", None)
        if raised:
            raise raised[0]

    def _tell(self, total: int, seconds: float) -> None:
        done = min(self.photos.value, total)
        rate = done / seconds
        self._on_progress(
            {
                "phase": "featurizing",
                "done": done,
                "total": total,
                "rejected": self.rejected.value,
                "seconds": seconds,
                "images_per_second": rate,
                "seconds_left": (total - done) / rate if rate else 0.0,
            }
        )
