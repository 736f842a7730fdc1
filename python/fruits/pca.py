"""Scaler and PCA in one, with scikit-learn's manners."""

import os
from typing import Any, Self

import numpy as np

from . import _core
from ._estimator import Estimator
from ._rows import as_rows


class Pca(Estimator):
    """StandardScaler and the principal components of the scaled rows, from one pass of moments.

    components is K; variance (0 < v <= 1) keeps the fewest components whose shares reach it instead. center=False gives
    what Spark ML's PCAModel.transform gives on uncentred input. Sign: the loading of largest magnitude is positive. More
    than 16,384 columns go by the Gram matrix of at most 20,000 rows, taken as float32. Threads: one caller while fitting,
    then any. Memory: 8 * D * D bytes while fitting.

    Attributes: components_ (K x D), explained_variance_ (K), explained_variance_ratio_ (K, of the total variance),
    share_of_kept_ (K, of the K kept), eigenvalues_ (whole spectrum), total_variance_, mean_, scale_ (0: constant column),
    n_components_, n_features_in_, n_samples_, moments_ (None for wide rows).
    """

    def __init__(
        self,
        components: int = 7,
        *,
        variance: float | None = None,
        center: bool = True,
        with_mean: bool = False,
        with_std: bool = True,
    ) -> None:
        self.components = components
        self.variance = variance
        self.center = center
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X: Any, y: Any = None) -> Self:
        """X: n x D. ValueError: NaN or infinity, K above min(n - 1, D), every column constant."""
        rows = as_rows(X)
        if rows.shape[1] > _core.max_covariance_dimension:
            return self._take(_core.Fitted.fit_wide(rows, *self._settings()))
        moments = _core.Moments(max(rows.shape[1], 1))
        moments.add(rows)
        return self.fit_moments(moments)

    def fit_moments(self, moments: _core.Moments, fingerprint: str = "") -> Self:
        """From moments that were gathered elsewhere, of features that `fingerprint` identifies."""
        return self._take(_core.Fitted.fit(moments, *self._settings(), fingerprint))

    def transform(self, X: Any) -> np.ndarray:
        """n x K scores, float64; the same bytes for the same row, always."""
        return self._fit().project(as_rows(X))

    def scale(self, X: Any) -> np.ndarray:
        """n x D: what the scaler inside makes of rows."""
        return self._fit().scaler.transform(as_rows(X))

    def save(self, address: str | os.PathLike) -> None:
        """Into a fitted/ folder, local or s3://, that the command and Spark read as well."""
        _core.save_fitted(self._fit(), os.fspath(address))

    @classmethod
    def load(cls, address: str | os.PathLike) -> Self:
        """From a fitted/ folder or a run's folder. OSError: not there; fruits.Error: damaged."""
        return cls._of(_core.load_fitted(os.fspath(address)))

    def to_files(self) -> tuple[bytes, bytes]:
        """metadata.json and tensors.safetensors of fitted/."""
        return self._fit().files()

    def to_projection(self) -> tuple[bytes, bytes]:
        """The same two files without the moments: small, and all that transform() and scale() need."""
        return self._fit().without_moments().files()

    @classmethod
    def from_files(cls, metadata: bytes, tensors: bytes) -> Self:
        return cls._of(_core.Fitted.from_files(metadata, tensors))

    @classmethod
    def _of(cls, fitted: _core.Fitted) -> Self:
        pca = cls(len(fitted.components), center=fitted.center, with_mean=fitted.with_mean, with_std=fitted.with_std)
        return pca._take(fitted)

    def _settings(self) -> tuple[int, float, bool, bool, bool]:
        if self.components < 1:
            raise ValueError(f"components is {self.components}: expected at least 1")
        return self.components, self.variance or 0.0, self.center, self.with_mean, self.with_std

    def _take(self, fitted: _core.Fitted) -> Self:
        self._fitted = fitted
        self.components_ = fitted.components
        self.n_components_, self.n_features_in_ = self.components_.shape
        self.n_samples_ = fitted.count
        self.eigenvalues_ = fitted.eigenvalues
        self.explained_variance_ = self.eigenvalues_[: self.n_components_]
        self.total_variance_ = fitted.total_variance
        self.explained_variance_ratio_ = self.explained_variance_ / fitted.total_variance
        self.share_of_kept_ = self.explained_variance_ / self.explained_variance_.sum()
        self.mean_ = fitted.scaler.mean
        self.scale_ = fitted.scaler.std
        self.moments_ = fitted.moments
        return self

    def _fit(self) -> _core.Fitted:
        if self._needs_fit():
            raise ValueError("this Pca is not fitted yet: call fit first")
        return self._fitted

    def _needs_fit(self) -> bool:
        return not hasattr(self, "_fitted")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.get_params(), "fitted": getattr(self, "_fitted", None)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        fitted = state.pop("fitted")
        self.set_params(**state)
        if fitted is not None:
            self._take(fitted)
