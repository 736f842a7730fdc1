"""Feature rows in whatever form people hold them, as a C-ordered numpy matrix; without a copy where that can be."""

from typing import Any

import numpy as np
import pyarrow as pa


def as_rows(X: Any) -> np.ndarray:
    """n x D, float32 or float64. ValueError: not a matrix of numbers, or a null row."""
    if isinstance(X, (pa.ChunkedArray, pa.Array)):
        return _of_arrow(X)
    rows = np.asarray(X)
    if rows.dtype not in (np.float32, np.float64):
        try:
            rows = rows.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"feature rows: expected a matrix of numbers ({error})") from None
    if rows.ndim != 2:
        raise ValueError(f"feature rows: expected two dimensions (rows x columns), found {rows.ndim}")
    return np.ascontiguousarray(rows)


def _of_arrow(array: pa.Array | pa.ChunkedArray) -> np.ndarray:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if not (pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind)):
        raise ValueError(f"feature rows: expected lists of numbers, found an Arrow array of {kind}")
    if array.null_count:
        first = array.is_null().index(True).as_py()
        raise ValueError(f"feature rows: row {first} is null; leave out the photos without features first")
    values = array.flatten()
    if values.null_count:
        raise ValueError("feature rows: a value is null")
    if len(array) == 0:
        return np.empty((0, kind.list_size if pa.types.is_fixed_size_list(kind) else 0), np.float64)
    columns = len(values) // len(array)
    if not pa.types.is_fixed_size_list(kind):
        lengths = np.unique(array.value_lengths().to_numpy())
        if len(lengths) != 1:
            raise ValueError(f"feature rows: expected rows of one width, found {lengths[0]} and {lengths[-1]} columns")
    return as_rows(values.to_numpy(zero_copy_only=False).reshape(len(array), columns))
