"""pca_result.csv and .parquet and rejected.csv, read back with nothing of ours."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq

from support import made_tables as expected
from support.made_tables import DIMENSION, ROWS


def read_csv(file):
    with file.open(newline="", encoding="utf-8") as text:
        return list(csv.reader(text))


def test_csv(tables):
    header, *rows = read_csv(tables / "pca_result.csv")
    assert header == ["path", "label", "features_pca"]
    assert len(rows) == ROWS
    for i, (path, label, vector) in enumerate(rows):
        assert path == expected.path(i)
        assert label == expected.label(i)
        assert json.loads(vector) == expected.scores(i)  # the very same doubles


def test_csv_lines_end_in_lf_and_quote_only_where_needed(tables):
    data = (tables / "pca_result.csv").read_bytes()
    lines = data.split(b"\n")
    assert lines[0] == b"path,label,features_pca"
    assert lines[1] == b'file:///photos/100000/plain/0.jpg,plain,"[0,-0,0]"'
    assert lines[-1] == b""
    assert b'"return\rline"' in data and b'"new\nline"' in data


def test_parquet(tables):
    table = pq.read_table(tables / "pca_result.parquet")

    def vectors(size):
        return pa.list_(pa.field("element", pa.float64(), nullable=False), size)

    assert table.schema.remove_metadata() == pa.schema(
        [
            pa.field("path", pa.string(), nullable=False),
            pa.field("label", pa.string(), nullable=False),
            pa.field("features_pca", vectors(3), nullable=False),
            pa.field("scaled", vectors(DIMENSION), nullable=False),
        ]
    )
    assert table["path"].to_pylist() == [expected.path(i) for i in range(ROWS)]
    assert table["label"].to_pylist() == [expected.label(i) for i in range(ROWS)]
    assert table["features_pca"].to_pylist() == [expected.scores(i) for i in range(ROWS)]
    assert table["scaled"].to_pylist() == [expected.scaled(i, DIMENSION) for i in range(ROWS)]


def test_parquet_has_bounded_row_groups(tables):
    metadata = pq.read_metadata(tables / "pca_result.parquet")
    assert [metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)] == [4096, ROWS - 4096]


def test_rejected_csv(tables):
    assert read_csv(tables / "rejected.csv") == [
        ["path", "stage", "reason"],
        ["file:///photos/z.jpg", "decode", 'cut short, at "the end"'],
    ]


def test_nothing_else_is_left(tables):
    files = sorted(str(file.relative_to(tables)) for file in tables.rglob("*") if file.is_file())
    part = "part-000000-0badcafe.parquet"
    results = ["pca_result.csv", "pca_result.parquet", "rejected.csv"]
    assert files == sorted([f"features/{part}", f"rejected/{part}", f"thumbs/{part}", *results])
