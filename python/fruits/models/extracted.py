"""Photos through the engine, read back: what calibration and judging have in common."""

import contextlib
import dataclasses
import os
import pathlib
import tempfile

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


@contextlib.contextmanager
def _engine_errors(what):
    import fruits

    try:
        yield
    except ValueError as error:
        if str(error).startswith("--"):  # it names its option itself
            raise UsageError(str(error)) from error
        raise ModelError(f"{what}: {error}") from error
    except (fruits.Error, OSError) as error:
        raise ModelError(f"{what}: {error}") from error


def check_inputs(what, inputs, request) -> None:
    """Before any work: can they be listed, and is there a photo?"""
    from fruits import _core, _options

    with tempfile.TemporaryDirectory(prefix="fruits-listing-") as folder:  # what lies in --output is no photo
        given = [*(("input", os.fspath(i)) for i in inputs), ("output", folder), *_options.texts({"glob": request.globs})]
        with _engine_errors(what):
            _core.check_inputs(given)


def extract(what, inputs, output: pathlib.Path, request, **options) -> Extracted:
    """As `fruits extract` with the request's --glob and --label; `what` begins the error of one that fails."""
    import fruits

    with _engine_errors(what):
        summary = fruits.extract(
            inputs, output, glob=request.globs, label=request.label, thumbnails=False, max_rejected=1, **options
        )
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
