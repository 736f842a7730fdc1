"""Columns of features, as Spark has them and as they travel in Arrow batches.

A Vector travels as what it is inside: struct<type, size, indices, values>. So nothing is converted in Java.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .._rows import as_rows

_DENSE = 1
_VECTOR = [
    pa.field("type", pa.int8(), nullable=False),
    pa.field("size", pa.int32()),
    pa.field("indices", pa.list_(pa.field("element", pa.int32(), nullable=False))),
    pa.field("values", pa.list_(pa.field("element", pa.float64(), nullable=False))),
]


def lists(values: pa.Array, valid: np.ndarray, nullable: bool = True) -> pa.ListArray:
    """One list of equal width for each valid row, null for the others; `values` holds those of the valid ones alone."""
    width = len(values) // max(int(valid.sum()), 1)
    offsets = np.concatenate([[0], np.cumsum(np.where(valid, width, 0))]).astype(np.int32)
    kind = pa.list_(pa.field("element", values.type, nullable=nullable))
    return pa.ListArray.from_arrays(pa.array(offsets), values, type=kind, mask=pa.array(~valid))


def vectors(values: pa.Array, valid: np.ndarray) -> pa.StructArray:
    """The same as dense Vectors."""
    rows = len(valid)
    children = [
        pa.array(np.full(rows, _DENSE, np.int8)),
        pa.nulls(rows, pa.int32()),
        pa.nulls(rows, _VECTOR[2].type),
        lists(values.cast(pa.float64()), valid, nullable=False),
    ]
    return pa.StructArray.from_arrays(children, fields=_VECTOR, mask=pa.array(~valid))


def added(batch: pa.RecordBatch, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """The batch with more columns; its own keep their types as Spark sent them."""
    fields = [*batch.schema, *(pa.field(name, column.type) for name, column in columns.items())]
    return pa.RecordBatch.from_arrays([*batch.columns, *columns.values()], schema=pa.schema(fields))


def _dense(row: dict) -> np.ndarray:
    if row["type"] == _DENSE:
        return np.asarray(row["values"], np.float64)
    out = np.zeros(row["size"], np.float64)
    out[row["indices"]] = row["values"]
    return out


def rows_of(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """A matrix of the rows that are not null, and which they are. ValueError: rows of different widths."""
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    column = column.drop_null()
    if pa.types.is_struct(column.type):
        kinds = column.field("type")
        if not pc.any(pc.not_equal(kinds, _DENSE)).as_py():
            return as_rows(column.field("values")), valid
        return as_rows([_dense(row) for row in column.to_pylist()]), valid
    return as_rows(column), valid
