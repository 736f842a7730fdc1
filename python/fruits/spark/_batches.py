"""How much Spark gives a Python worker at once, and a warning where that may be more than 64 MiB."""

import re
import warnings

from pyspark.sql import DataFrame

_BATCH_BYTES = 64 << 20


def warn_of_large_batches(dataset: DataFrame, what: str, row_bytes: int, stacklevel: int) -> None:
    """`stacklevel` as warnings.warn() has it, of the function that calls this."""
    conf = dataset.sparkSession.conf
    rows = int(conf.get("spark.sql.execution.arrow.maxRecordsPerBatch"))
    try:
        bound = _bytes(conf.get("spark.sql.execution.arrow.maxBytesPerBatch"))
    except Exception:  # before Spark 4.1 there is none, and each version and mode has an exception of its own
        bound = None
    fits = _BATCH_BYTES // row_bytes
    if 0 < rows <= fits or (bound is not None and bound <= _BATCH_BYTES):
        return
    warnings.warn(
        f"spark.sql.execution.arrow.maxRecordsPerBatch is {rows}: a worker may hold that many rows at once; {fits} are"
        f" {_BATCH_BYTES >> 20} MiB of {what}",
        stacklevel=stacklevel + 1,
    )


def _bytes(text: str) -> int | None:
    """Spark's "64m" or "67108864b"; None where it says nothing."""
    found = re.fullmatch(r"(\d+)([kmgtp]?)i?b?", text.strip().lower())
    return int(found[1]) << 10 * " kmgtp".index(found[2] or " ") if found else None
