"""Parts of features as pyarrow sees them: names, types, nullability, values, and how the bytes are stored."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support import made_tables as expected
from support.made_tables import DIMENSION, ROWS

NAME = "part-000000-0badcafe.parquet"


def required(name, type):
    return pa.field(name, type, nullable=False)


FEATURES = pa.schema(
    [
        required("path", pa.string()),
        required("label", pa.string()),
        required("size_bytes", pa.int64()),
        pa.field("etag", pa.string()),
        required("mtime", pa.int64()),
        required("width", pa.int32()),
        required("height", pa.int32()),
        required("content_sha256", pa.binary(32)),
        required("features", pa.list_(required("element", pa.float32()), DIMENSION)),
    ]
)
REJECTED = pa.schema(
    [
        required("path", pa.string()),
        required("stage", pa.string()),
        required("reason", pa.string()),
        required("size_bytes", pa.int64()),
        pa.field("etag", pa.string()),
        required("mtime", pa.int64()),
    ]
)
THUMBNAILS = pa.schema([required("path", pa.string()), required("thumbnail", pa.binary())])


@pytest.mark.parametrize(
    ("kind", "schema"), [("features", FEATURES), ("rejected", REJECTED), ("thumbs", THUMBNAILS)]
)
def test_schema(tables, kind, schema):
    found = pq.read_schema(tables / kind / NAME)
    assert found.remove_metadata() == schema


def test_features(tables):
    table = pq.read_table(tables / "features" / NAME)
    assert table["path"].to_pylist() == [expected.path(i) for i in range(ROWS)]
    assert table["label"].to_pylist() == [expected.label(i) for i in range(ROWS)]
    assert table["size_bytes"].to_pylist() == [1000 + i for i in range(ROWS)]
    assert table["etag"].null_count == ROWS
    assert table["mtime"].to_pylist() == [1_700_000_000_000_000_000 + i for i in range(ROWS)]
    assert table["width"].to_pylist() == [i + 1 for i in range(ROWS)]
    assert table["height"].to_pylist() == [i + 2 for i in range(ROWS)]
    assert table["content_sha256"].to_pylist() == [expected.sha256(i) for i in range(ROWS)]
    values = table["features"].combine_chunks().values.to_numpy()
    np.testing.assert_array_equal(values.reshape(ROWS, DIMENSION), expected.features(ROWS, DIMENSION))


def test_thumbnails_go_with_the_rows(tables):
    table = pq.read_table(tables / "thumbs" / NAME)
    assert table["path"].to_pylist() == [expected.path(i) for i in range(ROWS)]
    assert table["thumbnail"].to_pylist()[:2] == [b"webp0", b"webp1"]


def test_rejected(tables):
    assert pq.read_table(tables / "rejected" / NAME).to_pylist() == [
        {
            "path": "file:///photos/z.jpg",
            "stage": "decode",
            "reason": 'cut short, at "the end"',
            "size_bytes": 12,
            "etag": None,
            "mtime": 34,
        }
    ]


@pytest.mark.parametrize("kind", ["features", "rejected", "thumbs"])
def test_footer(tables, kind):
    metadata = pq.read_metadata(tables / kind / NAME).metadata
    assert metadata[b"fruits.part_format"] == b"1"
    assert metadata[b"fruits.fingerprint"] == b"a" * 64
    assert metadata[b"fruits.rejected"] == b"1"
    assert metadata[b"fruits.first_path"].decode() == expected.path(0)
    assert metadata[b"fruits.last_path"] == b"file:///photos/z.jpg"


def test_features_are_stored_plain_and_checked(tables):
    file = tables / "features" / NAME
    group = pq.read_metadata(file).row_group(0)
    chunk = group.column(8)
    assert chunk.path_in_schema == "features.list.element"
    assert chunk.compression == "UNCOMPRESSED"
    assert "PLAIN" in chunk.encodings and not chunk.has_dictionary_page
    pq.ParquetFile(file, page_checksum_verification=True).read()
    # Pages carry checksums: a value altered in place is seen.
    damaged = bytearray(file.read_bytes())
    damaged[chunk.data_page_offset + chunk.total_compressed_size - 2] ^= 1
    with pytest.raises(OSError, match="CRC"):
        pq.ParquetFile(pa.BufferReader(bytes(damaged)), page_checksum_verification=True).read()


def test_other_readers_see_a_plain_list(tables):
    """What Spark and DuckDB go by: Parquet's own schema, without Arrow's note in the footer."""
    text = str(pq.ParquetFile(tables / "features" / NAME).schema)
    assert "required group field_id=-1 features (List)" in text
    assert "required float field_id=-1 element" in text
    assert "required int64 field_id=-1 mtime" in text
