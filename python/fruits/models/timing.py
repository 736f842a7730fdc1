"""How fast bundles turn photos into features.

    files = as_files(inputs, bundle["input"])
    f32, int8 = images_per_second([f32_folder, int8_folder], files)

The photos are files in memory that have the network's own size already: whatever the inputs were (folders, archives, buckets),
what is timed is the engine's decoding of a plain PNG, and the network.
"""

import itertools
import pathlib
import statistics
import struct
import time
import zlib

import numpy as np

from fruits.models.errors import ModelError

TIMED = 64  # photos in a turn
TURNS = 3


def images_per_second(bundles: list[pathlib.Path], files: list[bytes]) -> list[float]:
    """Of each bundle, in turns, so that a machine with other work treats them alike. Few files are taken again."""
    import fruits

    photos = list(itertools.islice(itertools.cycle(files), TIMED))
    extractors = [fruits.FeatureExtractor(str(bundle)) for bundle in bundles]
    rates: list[list[float]] = [[] for _ in extractors]
    for turn in range(1 + TURNS):
        for extractor, bundle, taken in zip(extractors, bundles, rates, strict=True):
            begin = time.perf_counter()
            rows = extractor.extract(photos)
            seconds = time.perf_counter() - begin
            _check(rows.column("error"), bundle)
            if turn > 0:  # the first one loads the model
                taken.append(len(photos) / seconds)
    return [statistics.median(taken) for taken in rates]


def _check(errors, bundle):
    """A photo without a row takes no time at the network: no speed may count it."""
    faults = [(index, reason) for index, reason in enumerate(errors.to_pylist()) if reason is not None]
    if faults:
        index, reason = faults[0]
        raise ModelError(
            f"timing {bundle.name}: {len(faults)} of {len(errors)} photos gave no features, expected all; photo {index}: {reason}"
        )


def as_files(inputs: np.ndarray, seen: dict) -> list[bytes]:
    """PNG files of n x 3 x height x width that a model sees, by the preprocessing of its bundle.json."""
    mean, scale = (np.array(seen[name], np.float32)[:, None, None] for name in ("mean", "scale"))
    files = []
    for photo in inputs:
        pixels = np.clip(np.rint(photo * scale + mean), 0, 255).astype(np.uint8)
        rgb = pixels[::-1] if seen["color_order"] == "bgr" else pixels
        files.append(_png(rgb.transpose(1, 2, 0)))
    return files


def _png(rgb: np.ndarray) -> bytes:
    """Rows without a filter, not compressed: decoding it is copying."""
    height, width, _ = rgb.shape
    lines = np.concatenate([np.zeros((height, 1), np.uint8), rgb.reshape(height, -1)], axis=1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, content) for kind, content in chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
