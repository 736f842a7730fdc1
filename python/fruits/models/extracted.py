"""Photos through the engine, read back: what calibration and judging have in common."""

import dataclasses
import pathlib

import numpy as np

from fruits.models.errors import ModelError, UsageError

READ_ROWS = 64  # at once: a calibration's row is a whole picture


@dataclasses.dataclass
class Extracted:
    """The photos that gave rows, in the order of the parts, and how many did not."""

    paths: list[str]
    labels: list[str]
    contents: list[bytes]  # SHA-256 of each file
    features: np.ndarray  # n x D, float32
    rejected: int


def extract(what, inputs, output: pathlib.Path, request, **options) -> Extracted:
    """As `fruits extract` with the request's --glob and --label; `what` begins the error of one that fails."""
    import fruits

    try:
        summary = fruits.extract(
            inputs, output, glob=request.globs, label=request.label, thumbnails=False, max_rejected=1, **options
        )
    except ValueError as error:
        if str(error).startswith("--"):  # it names its option itself
            raise UsageError(str(error)) from error
        raise ModelError(f"{what}: {error}") from error
    except (fruits.Error, OSError) as error:
        raise ModelError(f"{what}: {error}") from error
    return read(output, summary.counts["rejected"] + len(summary.problems))


def read(output: pathlib.Path, rejected: int) -> Extracted:
    """A finished extract's rows. A part may have none, where all its photos were rejected."""
    import pyarrow.parquet as pq

    files = [pq.ParquetFile(part) for part in sorted((output / "features").glob("part-*.parquet"))]
    dimension = files[0].schema_arrow.field("features").type.list_size if files else 0
    features = np.empty((sum(file.metadata.num_rows for file in files), dimension), np.float32)
    found = Extracted([], [], [], features, rejected)
    columns = ["path", "label", "content_sha256", "features"]
    for file in files:
        for batch in file.iter_batches(batch_size=READ_ROWS, columns=columns):
            begin = len(found.paths)
            features[begin : begin + len(batch)] = batch.column("features").flatten().to_numpy().reshape(-1, dimension)
            found.paths += batch.column("path").to_pylist()
            found.labels += batch.column("label").to_pylist()
            found.contents += batch.column("content_sha256").to_pylist()
    return found
