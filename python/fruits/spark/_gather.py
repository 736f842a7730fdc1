"""Moments of a column of features over a whole cluster, by frames alone, so that Connect can do it too.

Each partition becomes one Moments as one packed row (17 MB at 2048 columns). Rounds of grouping merge up to 16 of them in
the engine, until the driver can take what is left: at most 16, and at most 300 MB, or one of them (484 MB at 11,000 columns). The order of merging depends on the
partitions alone. What the partitions gave lies on the workers' disks meanwhile: no round computes features again.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .. import Moments
from ._columns import rows_of
from ._schema import quoted

_MOST = 16
_MOST_BYTES = 300 << 20
_MOST_COLUMNS = 11_000  # the moments of two partitions are just what an Arrow column of bytes can hold
_SCHEMA = "part bigint, moments binary"


def of_partition(column: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """On a worker: one row, or none where there are no features."""
    from pyspark import TaskContext

    moments = None
    for batch in batches:
        rows, _ = rows_of(batch.column(0))
        if not len(rows):
            continue
        if rows.shape[1] > _MOST_COLUMNS:
            raise ValueError(
                f"{column}: {rows.shape[1]} columns, expected at most {_MOST_COLUMNS}; 'fruits fit' takes wider features"
            )
        moments = moments or Moments(max(rows.shape[1], 1))
        moments.add(rows)
    if moments is not None:
        part = TaskContext.get().partitionId()
        yield pa.RecordBatch.from_arrays([pa.array([part], pa.int64()), pa.array([moments.to_bytes()])], ["part", "moments"])


def merge(packed: Iterable[bytes]) -> Moments | None:
    """In the order given; holds two at a time."""
    whole = None
    for moments in map(Moments.from_bytes, packed):
        if whole is None:
            whole = moments
        else:
            whole.merge(moments)
    return whole


def _merged(frame: DataFrame, fan: int) -> DataFrame:
    grouped = frame.select("part", F.floor(F.col("part") / fan).alias("group"), "moments").groupBy("group")
    if hasattr(grouped, "applyInArrow"):  # Spark 4

        def by_arrow(table: pa.Table) -> pa.Table:
            from fruits.spark import _gather

            rows = table.sort_by("part")  # Spark brings them in any order
            moments = _gather.merge(value.as_py() for value in rows.column("moments"))
            return pa.table([rows.column("group").slice(0, 1), pa.array([moments.to_bytes()])], ["part", "moments"])

        return grouped.applyInArrow(by_arrow, _SCHEMA)

    def by_pandas(rows: Any) -> Any:
        from fruits.spark import _gather

        rows = rows.sort_values("part")
        moments = _gather.merge(map(bytes, rows["moments"])).to_bytes()
        return rows.iloc[:1][["part"]].assign(part=rows["group"].iloc[0], moments=[moments])

    return grouped.applyInPandas(by_pandas, _SCHEMA)


def gather(dataset: DataFrame, column: str) -> Moments:
    """ValueError: no row has features. What a worker refuses (NaN, rows of different widths) fails the job."""

    def pack(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        from fruits.spark import _gather

        return _gather.of_partition(column, batches)

    features = dataset.select(quoted(column)).where(F.col(quoted(column)).isNotNull())
    packed = features.mapInArrow(pack, _SCHEMA).persist(StorageLevel.DISK_ONLY)
    try:
        facts = packed.select("part", F.length("moments").alias("size")).collect()
        if not facts:
            raise ValueError(f"inputCol {column!r}: no row has features")
        most = max(1, min(_MOST, _MOST_BYTES // facts[0]["size"]))  # for the driver
        frame, groups = packed, max(row["part"] for row in facts) + 1
        if len(facts) > most:
            fan = max(2, most)
            while groups > most:
                frame, groups = _merged(frame, fan), -(-groups // fan)
        rows = sorted(frame.collect(), key=lambda row: row["part"])
        return merge(bytes(row["moments"]) for row in rows)
    finally:
        packed.unpersist()
