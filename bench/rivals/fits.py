"""The Parquet file of the statistics scenario, and how far the fits of the tools lie from an exact SVD."""

import pathlib

import numpy as np
import ours
import pyarrow as pa
import pyarrow.parquet as pq
import setting
from support.kept import kept

COLUMNS = 2048
BLOCK = 2048  # rows of a row group, as in our parts
REFERENCE = "exact_svd"


def features_file(rows: int) -> pathlib.Path:
    """As CNN features are: not negative, of unequal spread, with a spectrum that falls; some columns nearly always zero."""

    def make(work: pathlib.Path) -> None:
        mixing = np.random.default_rng(0).standard_normal((64, COLUMNS)) / np.arange(1, 65)[:, None]
        scale = 1 / np.sqrt(1 + np.arange(COLUMNS))
        kind = pa.list_(pa.field("element", pa.float32(), nullable=False), COLUMNS)
        schema = pa.schema([("path", pa.string()), ("label", pa.string()), ("features", kind)])
        with pq.ParquetWriter(work / "features.parquet", schema, compression="none", use_dictionary=False) as writer:
            for first in range(0, rows, BLOCK):
                random = np.random.default_rng(1 + first)
                count = min(BLOCK, rows - first)
                values = random.standard_normal((count, 64)) @ mixing + 0.1 * random.standard_normal((count, COLUMNS)) + 0.3
                flat = pa.array(np.maximum(values * scale, 0).astype(np.float32).reshape(-1))
                names = [f"file:///photos/{first + index:09}.jpg" for index in range(count)]
                features = pa.FixedSizeListArray.from_arrays(flat, type=kind)
                writer.write_table(pa.table([names, ["fruit"] * count, features], schema=schema), row_group_size=BLOCK)

    return kept("rivals", f"features-{rows}", f"{rows} of {COLUMNS}, 1", make) / "features.parquet"


def load_fit(output: pathlib.Path) -> dict | None:
    """What the programs leave: components (K x D) and shares of the variance, in fit.npz."""
    file = output / "fit.npz"
    if not file.exists():
        return None
    with np.load(file) as fit:
        return dict(fit)


def distance(fit: dict, reference: dict) -> float:
    """Largest difference of components (up to sign) and shares, over the largest magnitude of each."""
    distances = [np.abs(fit["shares"] - reference["shares"]).max() / reference["shares"].max()]
    for a, b in zip(fit["components"], reference["components"], strict=True):
        a = a * np.sign(a @ b)
        distances.append(np.abs(a - b).max() / np.abs(b).max())
    return float(np.max(distances))  # NaN, where anything is


def numbers(fits: dict[str, dict], rows: int) -> None:
    reference = fits.get(REFERENCE)
    for name, fit in fits.items():
        if reference is None or name == REFERENCE:
            continue
        bound = {"at_most": 1e-8} if name == ours.NAME else {}
        setting.number(f"statistics, {rows:,}: {name}'s distance to an exact SVD", distance(fit, reference), "", **bound)
