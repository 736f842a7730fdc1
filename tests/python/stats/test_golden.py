"""Scaler, PCA and projection against Spark ML, from the golden's own features (30 photos), within 1e-8."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.compare import components_within, turn_scores, turn_scores_alone, within

BOUND = 1e-8


@pytest.fixture
def golden(data_dir):
    folder = data_dir / "golden"
    table = pq.read_table(folder / "golden.parquet")
    spark = np.load(folder / "spark_pca.npz")
    return {
        "rows": np.stack(table["features"].to_numpy()).astype(np.float64),
        "scaled": np.stack(table["scaled"].to_numpy()),
        "projected": np.stack(table["features_pca"].to_numpy()),
        "components": spark["pc"].T,
        "ratio": spark["explained_variance_ratio"],
        "std": spark["std"],
        "ratios": json.loads((folder / "golden.json").read_text()),
    }


@pytest.mark.parametrize("path", [[], ["--wide"]], ids=["covariance", "gram"])
def test_spark_ml(probe, golden, path, record_property):
    mine = probe(golden["rows"], "--components", 7, "--no-center", *path)
    values = mine.eigenvalues[:8]
    scores = turn_scores(mine.projected, mine.components, golden["components"], values)
    found = {
        "std": within(mine.std, golden["std"], BOUND, "std"),
        "scaled": within(mine.scaled, golden["scaled"], BOUND, "scaled"),
        "components": components_within(mine.components, golden["components"], values, BOUND),
        "ratio": within(values[:7] / mine.total_variance, golden["ratio"], BOUND, "ratio"),
        "projection": within(scores, golden["projected"], BOUND, "projection"),
    }
    for name, value in found.items():
        record_property(name, value)
        print(f"{name}: {value:.2e}")
    kept = np.cumsum(values[:7]) / np.sum(values[:7])
    within(kept, golden["ratios"]["cumulative_over_k"], BOUND, "cumulative over K")


def test_constant_columns_are_zero(probe, golden):
    rows = golden["rows"]
    constant = rows.min(axis=0) == rows.max(axis=0)
    mine = probe(rows, "--components", 7)
    assert (mine.std == 0).tolist() == constant.tolist()
    assert not mine.scaled[:, constant].any()


def test_the_files_are_as_described(probe, golden):
    mine = probe(golden["rows"], "--components", 7)
    d = 2048
    assert mine.metadata["format"] == "fruits.fitted"
    assert mine.metadata["format_version"] == 1
    assert (mine.metadata["dimension"], mine.metadata["components"], mine.metadata["count"]) == (d, 7, 30)
    assert mine.metadata["options"] == {"with_mean": False, "with_std": True, "center": True}
    within(mine.mean, golden["rows"].mean(axis=0), 1e-14, "mean")
    assert np.array_equal(mine.min, golden["rows"].min(axis=0))
    assert np.array_equal(mine.max, golden["rows"].max(axis=0))
    scatter = np.zeros((d, d))
    scatter[np.triu_indices(d)] = mine.scatter
    off = golden["rows"] - golden["rows"].mean(axis=0)
    within(scatter, np.triu(off.T @ off), 1e-10, "scatter")


def test_flat_golden_scores_have_its_shares(data_dir):
    """golden_flat holds no features: what can be checked here is that its numbers mean what Pca calls them."""
    folder = data_dir / "golden"
    shares = json.loads((folder / "golden_flat.json").read_text())
    table = pq.read_table(folder / "golden_flat.parquet")
    centred = np.stack(table["features_pca_centred"].to_numpy())
    uncentred = np.stack(table["features_pca_uncentred"].to_numpy())
    variance = centred.var(axis=0, ddof=1)
    within(variance / variance.sum(), shares["centred"]["share_of_kept"], BOUND, "share of the kept")
    ratio = np.array(shares["centred"]["share_of_total"]) / np.array(shares["centred"]["share_of_kept"])
    within(ratio, np.full(7, ratio[0]), BOUND, "total over kept")
    shift_free = uncentred - uncentred.mean(axis=0)
    within(turn_scores_alone(shift_free, centred), centred, BOUND, "uncentred without its mean")
