"""What executors have done of a run's photos, told while they work."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from py4j.protocol import Py4JError

_EVERY = 1.0  # seconds
_PHASE = "featurizing"


class Reporter:
    """Counts of a Spark job that workers add to, as events of a run's progress, between those of the engine.

        reporter = Reporter(spark, on_progress)
        _core.run(..., reporter.of_engine, ...)  # which calls running()

    A task's counts arrive when it ends. What on_progress raises ends the job, and is raised by running().
    """

    def __init__(self, spark: Any, on_progress: Callable[[dict[str, Any]], None] | None) -> None:
        self._context = spark.sparkContext
        self._on_progress = on_progress
        self._begin = time.monotonic()  # of the run
        self._kept = self._known = 0  # photos done before, and all, as far as the engine knew
        self.photos = self._context.accumulator(0)
        self.rejected = self._context.accumulator(0)
        self.of_engine = self._pass_on if on_progress else None

    def _pass_on(self, event: dict[str, Any]) -> None:
        if event["phase"] == _PHASE:
            self._begin = time.monotonic() - event["seconds"]
            self._kept, self._known = event["done"], event["total"]
        self._on_progress(event)

    @contextlib.contextmanager
    def running(self, photos: int) -> Iterator[None]:
        """Around an action in this thread, on so many photos."""
        group = f"fruits {id(self)}"
        self._context.setJobGroup(group, f"features of {photos:,} photos", interruptOnCancel=True)
        over = threading.Event()
        raised: list[BaseException] = []

        def report() -> None:
            begin = time.monotonic()
            while not over.wait(_EVERY):
                try:
                    self._tell(photos, time.monotonic() - begin)
                except BaseException as error:
                    raised.append(error)
                    self._cancel(group, over)
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
            # A session that ended has no properties left; what ended it is raised already.
            with contextlib.suppress(Py4JError, OSError):
                self._context.setLocalProperty("spark.jobGroup.id", None)
                self._context.setLocalProperty("spark.job.description", None)
        if raised:
            raise raised[0]

    def _cancel(self, group: str, over: threading.Event) -> None:
        """Until it is over: a group's job that is not there yet cannot be cancelled."""
        with contextlib.suppress(Py4JError, OSError):  # of a session that ended: its jobs ended with it
            self._context.cancelJobGroup(group)
            while not over.wait(_EVERY):
                self._context.cancelJobGroup(group)

    def _tell(self, photos: int, seconds: float) -> None:
        computed = min(self.photos.value, photos)
        done, total = self._kept + computed, max(self._known, self._kept + photos)
        rate = computed / seconds
        self._on_progress(
            {
                "phase": _PHASE,
                "done": done,
                "total": total,
                "rejected": self.rejected.value,
                "seconds": time.monotonic() - self._begin,
                "images_per_second": rate,
                "seconds_left": (total - done) / rate if rate else 0.0,
            }
        )
