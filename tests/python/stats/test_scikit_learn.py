"""Scaler, PCA and projection against scikit-learn on made data, within 1e-8."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from support.compare import components_within, turn_scores, within

BOUND = 1e-8


def plain(n, d, seed):
    random = np.random.default_rng(seed)
    return random.normal(3, 1, (n, d)) / np.sqrt(1 + np.arange(d))


def with_constants(n, d, seed):
    rows = plain(n, d, seed)
    rows[:, ::4] = 0.1
    return rows


def correlated(n, d, seed):
    random = np.random.default_rng(seed)
    return random.normal(size=(n, 5)) @ random.normal(size=(5, d)) + 0.01 * random.normal(size=(n, d))


def nearly_equal(n, d, seed):
    """Scaled columns all but uncorrelated: eigenvalues 1 within 1e-5."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, d))
    q = np.linalg.qr(rows - rows.mean(axis=0))[0]
    return q + 1e-6 * random.normal(size=(n, d)) + 2


def far_away(n, d, seed):
    return 1e5 + plain(n, d, seed)


def expected(rows, k, with_mean):
    """scikit-learn's numbers; its deviation is the biased one, so n - 1 comes in here."""
    n = len(rows)
    constant = rows.min(axis=0) == rows.max(axis=0)
    std = StandardScaler().fit(rows).scale_ * np.sqrt(n / (n - 1))
    std[constant] = 0
    scaled = np.divide(rows - (rows.mean(axis=0) if with_mean else 0), std, where=std > 0, out=np.zeros_like(rows))
    pca = PCA(n_components=k, svd_solver="full").fit(scaled)
    return std, scaled, pca


def told_apart(eigenvalues):
    """How many components a covariance matrix determines to 1e-8: their eigenvalues stand 1e-5 of the largest above 0 (the
    matrix itself is rounded at 1e-16 of it), and the last is not one of a close pair that the count would cut."""
    k = int(np.sum(eigenvalues >= 1e-5 * eigenvalues[0]))
    while k > 1 and k < len(eigenvalues) and eigenvalues[k - 1] - eigenvalues[k] < 0.01 * eigenvalues[k - 1]:
        k -= 1
    return k


SHAPES = [(30, 200), (500, 40), (64, 65), (65, 64), (2, 3), (300, 1), (600, 120)]


@pytest.mark.parametrize("with_mean", [False, True])
@pytest.mark.parametrize("n, d", SHAPES)
@pytest.mark.parametrize("make", [plain, with_constants, correlated, nearly_equal, far_away])
def test_agrees(probe, make, n, d, with_mean):
    if make is nearly_equal and n <= d:
        n, d = d + 2, n  # uncorrelated columns need more rows than columns
    rows = plain(n, d, 5) if make is with_constants and d == 1 else make(n, d, 5)
    n, d = rows.shape
    varying = int(np.sum(rows.min(axis=0) < rows.max(axis=0)))
    k = min(n - 1, varying)
    std, scaled, pca = expected(rows, k, with_mean)
    if (told := told_apart(pca.explained_variance_)) < k:
        k = told
        std, scaled, pca = expected(rows, k, with_mean)
    mine = probe(rows, "--components", k, *["--with-mean"] * with_mean)
    # A deviation loses what the values' distance from 0 takes of a double, in either library.
    loss = max(1.0, float(np.max(np.abs(rows).max(axis=0) / np.where(std > 0, std, np.inf)))) * 1e-15 * 50
    within(mine.std, std, BOUND, "std")
    within(mine.scaled, scaled, max(BOUND, loss), "scaled")
    within(mine.eigenvalues[:k], pca.explained_variance_, BOUND, "explained_variance")
    within(mine.eigenvalues[:k] / mine.total_variance, pca.explained_variance_ratio_, BOUND, "ratio")
    components_within(mine.components, pca.components_, pca.explained_variance_, BOUND)
    scores = turn_scores(mine.projected, mine.components, pca.components_, pca.explained_variance_)
    within(scores, pca.transform(scaled), BOUND, "projection")


@pytest.mark.parametrize("variance", [0.1, 0.5, 0.9, 0.99, 0.999])
def test_variance_keeps_as_many(probe, variance):
    rows = correlated(200, 60, 3)
    scaled = rows / rows.std(axis=0, ddof=1)
    pca = PCA(n_components=variance, svd_solver="full").fit(scaled)
    mine = probe(rows, "--variance", variance)
    assert mine.metadata["components"] == pca.n_components_
    assert mine.components.shape == (pca.n_components_, 60)


def test_all_of_the_variance(probe):
    assert probe(plain(50, 8, 1), "--variance", 1).metadata["components"] == 8
    assert probe(plain(8, 50, 1), "--variance", 1).metadata["components"] == 7


def test_blocks_and_threads_do_not_matter(probe):
    rows = plain(1000, 50, 7)
    once = probe(rows, "--threads", 1)
    assert probe(rows, "--threads", 4).files == once.files
    other = probe(rows, "--threads", 3, "--block", 97)
    within(other.components, once.components, 1e-11, "components")
    within(other.projected, once.projected, 1e-11, "projection")


@pytest.mark.parametrize("n, d", [(40, 300), (41, 2500), (200, 50)])
@pytest.mark.parametrize("make", [plain, with_constants, correlated])
def test_wide_agrees(probe, make, n, d):
    rows = make(n, d, 9).astype(np.float32).astype(np.float64)
    k = 5
    std, scaled, pca = expected(rows, k, False)
    mine = probe(rows, "--components", k, "--wide")
    within(mine.std, std, BOUND, "std")
    within(mine.scaled, scaled, BOUND, "scaled")
    within(mine.eigenvalues[:k] / mine.total_variance, pca.explained_variance_ratio_, BOUND, "ratio")
    components_within(mine.components, pca.components_, mine.eigenvalues[:k], BOUND)
    scores = turn_scores(mine.projected, mine.components, pca.components_, mine.eigenvalues[:k])
    within(scores, pca.transform(scaled), BOUND, "projection")


def test_too_many_components_name_the_bound(probe):
    assert "1 to 9" in probe(plain(10, 50, 1), "--components", 10, fails=True)
    assert "1 to 9" in probe(plain(10, 50, 1), "--components", 10, "--wide", fails=True)
