"""The content that fruits_tables writes, by the same formulas."""

import hashlib

import numpy as np

ROWS = 5000  # more than one row group of the results
DIMENSION = 5

NAMES = [
    b"plain",
    b"with space",
    b"comma,comma",
    b"quote\"'\"quote",
    b"new\nline",
    b"return\rline",
    b"percent%20",
    b"bytes\xff\xfe",
    "é€𝄞".encode(),
]


def encoded(raw: bytes) -> str:
    """Percent-encoding of '%', control bytes and what is not valid UTF-8."""
    text = ""
    for character in raw.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if 0xDC80 <= code <= 0xDCFF:
            text += f"%{code - 0xDC00:02X}"
        elif character == "%" or code < 0x20 or code == 0x7F:
            text += f"%{code:02X}"
        else:
            text += character
    return text


def path(i: int) -> str:
    return "file://" + encoded(b"/photos/%d/%s/%d.jpg" % (100_000 + i, NAMES[i % len(NAMES)], i))


def label(i: int) -> str:
    name = NAMES[i % len(NAMES)]
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return encoded(name)


def sha256(i: int) -> bytes:
    return hashlib.sha256(str(i).encode()).digest()


def features(rows: int, dimension: int) -> np.ndarray:
    columns = np.arange(dimension, dtype=np.float32) / np.float32(7)
    return np.arange(rows, dtype=np.float32)[:, None] + columns


def scores(i: int) -> list[float]:
    return [i / 3, -i * 1e-30, i * 1e30]


def scaled(i: int, dimension: int) -> list[float]:
    return [i / (d + 1) for d in range(dimension)]
