"""Feature tables that pyarrow wrote, as the engine reads them."""

import csv
import io
import json
import subprocess

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

PATHS = ["a", "b,c", 'd"\n', "é", "f"]
LABELS = ["x", "y", "x", "x", "y"]
VALUES = np.random.default_rng(5).normal(size=(5, 4))


@pytest.fixture
def read(tables_program, tmp_path):
    def run(columns, **options):
        file = tmp_path / "table.parquet"
        pq.write_table(pa.table(columns), file, **options)
        return subprocess.run([tables_program, "read", file], capture_output=True)

    return run


def rows_of(done):
    assert done.returncode == 0, done.stderr.decode()
    text = io.StringIO(done.stdout.decode(), newline="")
    return [(path, label, json.loads(vector)) for path, label, vector in csv.reader(text)]


@pytest.mark.parametrize(
    "type",
    [
        pa.list_(pa.float64()),
        pa.large_list(pa.float64()),
        pa.list_(pa.float64(), 4),
        pa.list_(pa.float32()),
        pa.list_(pa.float32(), 4),
        pa.list_(pa.field("element", pa.float32(), nullable=False), 4),
    ],
    ids=str,
)
@pytest.mark.parametrize("options", [{}, {"row_group_size": 2, "compression": "zstd"}, {"store_schema": False}])
def test_vectors(read, type, options):
    values = VALUES.astype(np.float32 if type.value_type == pa.float32() else np.float64)
    columns = {"path": PATHS, "label": LABELS, "features": pa.array(values.tolist(), type)}
    assert rows_of(read(columns, **options)) == list(zip(PATHS, LABELS, values.astype(float).tolist(), strict=True))


@pytest.mark.parametrize(
    "labels",
    [pa.array(LABELS).dictionary_encode(), pa.array(LABELS, pa.large_string()), None],
    ids=["categories", "large", "none"],
)
def test_labels(read, labels):
    columns = {"features": VALUES.tolist(), "path": pa.array(PATHS, pa.large_string())}
    if labels is not None:
        columns["label"] = labels
    found = rows_of(read(columns))
    assert [row[1] for row in found] == (LABELS if labels is not None else [""] * 5)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"path": PATHS}, "column features is missing"),
        ({"path": PATHS, "features": LABELS}, "expected a list of float or double"),
        ({"path": PATHS, "features": [[1]] * 5}, "expected a list of float or double"),
        ({"path": [1, 2, 3, 4, 5], "features": VALUES.tolist()}, "column path is int64; expected text"),
        ({"path": PATHS, "features": [[1.0], [1.0], [1.0], [1.0, 2.0], [1.0]]}, "row 3 has 2 features; expected 1"),
        ({"path": PATHS, "features": [[1.0], None, [1.0], [1.0], [1.0]]}, "row 1 has a null"),
        ({"path": PATHS, "features": [[1.0], [None], [1.0], [1.0], [1.0]]}, "row 1 has a null among its features"),
        ({"path": ["a", None, "c", "d", "e"], "features": VALUES.tolist()}, "row 1 has a null path"),
    ],
)
def test_what_does_not_fit_is_named(read, columns, words):
    done = read(columns)
    assert done.returncode == 1
    assert words in done.stderr.decode()
    assert "table.parquet" in done.stderr.decode()
