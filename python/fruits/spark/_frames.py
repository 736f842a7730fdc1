"""The frames that a featurizer made lately: asked again for the same photos, it gives the same persisted frame.

Threads: any. Memory: handles of at most four frames; what they persist lies in Spark's storage, memory then disk.
"""

import dataclasses
import threading
from collections.abc import Callable

from pyspark import StorageLevel
from pyspark.sql import DataFrame

_KEPT = 4  # a train and a test frame, twice


def _extent(frame: DataFrame) -> str:
    """Tells file listings apart: Spark holds two readings of one folder equal, whatever was added between them."""
    if hasattr(frame, "_jdf"):
        # The bytes of all files, summed in Java; of the plan as analyzed, where what is persisted does not count yet.
        return str(frame._jdf.queryExecution().analyzed().stats().sizeInBytes())
    names = frame.inputFiles()
    return f"{len(names)} {hash(frozenset(names))}"


@dataclasses.dataclass
class _Entry:
    key: str
    source: DataFrame
    extent: str
    made: DataFrame


class Frames:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []  # oldest first

    def get_or_make(self, key: str, source: DataFrame, make: Callable[[DataFrame], DataFrame]) -> DataFrame:
        """The frame made of `source` before under the same `key`, else make(source), persisted."""
        with self._lock:
            extent = _extent(source)
            for entry in [e for e in self._entries if e.key == key and _is_same(e.source, source)]:
                if entry.extent == extent:
                    return entry.made
                self._drop(entry)  # photos came or went: Spark would take the old rows for the new frame's
            made = make(source).persist(StorageLevel.MEMORY_AND_DISK)
            self._entries.append(_Entry(key, source, extent, made))
            if len(self._entries) > _KEPT:
                self._drop(self._entries[0])
            return made

    def clear(self) -> None:
        with self._lock:
            while self._entries:
                self._drop(self._entries[-1])

    def _drop(self, entry: _Entry) -> None:
        self._entries.remove(entry)
        entry.made.unpersist()


def _is_same(one: DataFrame, other: DataFrame) -> bool:
    # Of another session none can be: and a stopped one cannot be asked.
    return one is other or (one.sparkSession is other.sparkSession and one.sameSemantics(other))
