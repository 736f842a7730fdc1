"""What a Python worker of Spark does with batches of photos.

One engine a process stays from task to task. Memory: the engine's (see fruits.FeatureExtractor), one batch as Spark sends
it, and the features of a slice: at most 256 photos, 16 MiB of files (or one photo) and 16 MiB of features.
"""

import dataclasses
import functools
import json
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..extractor import FeatureExtractor
from ._columns import added, lists, vectors

_SLICE_ROWS = 256
_SLICE_BYTES = 16 << 20
_ENGINES = 2  # a pipeline may have two featurizers, whose tasks share workers


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a featurizer sends to the workers."""

    options: str  # of FeatureExtractor, as JSON
    column: str
    drops_column: bool
    as_vectors: bool
    output: str
    error: str
    choice: str = ""  # where precision is "auto": what was chosen and why, as JSON


@functools.lru_cache(maxsize=_ENGINES)
def _engine(options: str, threads: int) -> FeatureExtractor:
    return FeatureExtractor(**json.loads(options), threads=threads)


def _cpus() -> int:
    """As many as Spark counts for this task: the executor's other tasks have the rest."""
    from pyspark import TaskContext

    task = TaskContext.get()
    return max(task.cpus(), 1) if task else 1


def _slices(photos: pa.Array, rows: int) -> Iterator[slice]:
    sizes = pc.fill_null(pc.binary_length(photos), 0).to_numpy(zero_copy_only=False)
    begin = bytes_held = 0
    for i, size in enumerate(sizes):
        if i > begin and (i - begin == rows or bytes_held + size > _SLICE_BYTES):
            yield slice(begin, i)
            begin, bytes_held = i, 0
        bytes_held += int(size)
    if begin < len(sizes):
        yield slice(begin, len(sizes))


def _extract(engine: FeatureExtractor, photos: pa.Array) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """The good photos' values, which are good, and why the others are not. A text that is no address is a bad photo."""
    try:
        rows = engine.extract(photos)
    except ValueError as error:
        if not pa.types.is_string(photos.type) and not pa.types.is_large_string(photos.type):
            raise
        if len(photos) == 1:
            return pa.array([], pa.float32()), np.array([False]), np.array([str(error)], object)
        halves = [_extract(engine, half) for half in (photos[: len(photos) // 2], photos[len(photos) // 2 :])]
        values, valid, reasons = zip(*halves, strict=True)
        return pa.concat_arrays(values), np.concatenate(valid), np.concatenate(reasons)
    features = rows.column("features")
    valid = features.is_valid().to_numpy(zero_copy_only=False)
    return features.flatten(), valid, rows.column("error").to_numpy(zero_copy_only=False)  # flatten leaves null rows out


def _featurize(engine: FeatureExtractor, plan: Plan, photos: pa.Array) -> tuple[pa.Array, pa.Array]:
    valid = photos.is_valid().to_numpy(zero_copy_only=False).copy()
    reasons = np.full(len(photos), "null: expected a photo", object)
    values = pa.array([], pa.float32())
    if valid.any():
        given = valid.copy()
        values, valid[given], reasons[given] = _extract(engine, photos.drop_null())
    made = vectors(values, valid) if plan.as_vectors else lists(values, valid)
    return made, pa.array(reasons, pa.string(), mask=valid)


def featurize(plan: Plan, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each batch with features and reasons, slice by slice. What fails the engine as a whole fails the task."""
    for batch in batches:
        if not batch.num_rows:
            continue
        engine = _engine(plan.options, _cpus())
        rows = max(1, min(_SLICE_ROWS, _SLICE_BYTES // (4 * engine.dimension)))
        for piece in _slices(batch.column(plan.column), rows):
            part = batch.slice(piece.start, piece.stop - piece.start)
            features, errors = _featurize(engine, plan, part.column(plan.column))
            if plan.drops_column:
                part = part.drop_columns([plan.column])
            yield added(part, {plan.output: features, plan.error: errors})
