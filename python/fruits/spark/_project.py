"""What a Python worker of Spark does with batches of features and a fit."""

import dataclasses
import functools
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from .. import _core
from ._columns import added, lists, rows_of, vectors


@dataclasses.dataclass(frozen=True)
class Plan:
    """What a model sends to the workers."""

    files: tuple[bytes, bytes]  # of the fit without its moments: 150 KB at 2048 columns and 7 components
    column: str
    as_vectors: bool
    output: str
    scaled: str | None


@functools.lru_cache(maxsize=2)
def _fitted(files: tuple[bytes, bytes]) -> _core.Fitted:
    return _core.Fitted.from_files(*files)


def _column(plan: Plan, rows: np.ndarray, valid: np.ndarray) -> pa.Array:
    values = pa.array(rows.reshape(-1))
    return vectors(values, valid) if plan.as_vectors else lists(values, valid)


def project(plan: Plan, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Each batch with scores; null where the features are."""
    fitted = _fitted(plan.files)
    for batch in batches:
        rows, valid = rows_of(batch.column(plan.column))
        if not len(rows):
            rows = np.empty((0, fitted.scaler.dimension))
        made = {plan.output: _column(plan, fitted.project(rows), valid)}
        if plan.scaled:
            made[plan.scaled] = _column(plan, fitted.scaler.transform(rows), valid)
        yield added(batch, made)
