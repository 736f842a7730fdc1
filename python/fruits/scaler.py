"""StandardScaler, with Spark ML's meaning and scikit-learn's manners."""

from typing import Any, Self

import numpy as np

from . import _core
from ._estimator import Estimator
from ._rows import as_rows


class StandardScaler(Estimator):
    """Divides each column by its unbiased standard deviation (n - 1), as Spark ML does; scikit-learn's divides by n.

    with_mean subtracts the mean first (default False, as Spark). A column is constant if and only if its min equals its
    max; its scaled value is 0. One pass, in the engine. Threads: one caller while fitting, then any.

    Attributes: mean_, scale_ (the standard deviation; 0: constant), var_, n_features_in_, n_samples_seen_, moments_.
    """

    def __init__(self, *, with_mean: bool = False, with_std: bool = True) -> None:
        self.with_mean = with_mean
        self.with_std = with_std

    def fit(self, X: Any, y: Any = None) -> Self:
        """X: n x D, n >= 2. ValueError: NaN or infinity, fewer rows."""
        rows = as_rows(X)
        moments = _core.Moments(max(rows.shape[1], 1))
        moments.add(rows)
        return self.fit_moments(moments)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Adds rows to those it was fitted on before."""
        rows = as_rows(X)
        moments = getattr(self, "moments_", None) or _core.Moments(max(rows.shape[1], 1))
        moments.add(rows)
        if moments.count < 2:
            self.moments_ = moments
            return self
        return self.fit_moments(moments)

    def fit_moments(self, moments: _core.Moments) -> Self:
        """From moments that were gathered elsewhere."""
        self._scaler = _core.Scaler.fit(moments, self.with_mean, self.with_std)
        self.moments_ = moments
        self.n_features_in_ = moments.dimension
        self.n_samples_seen_ = moments.count
        self.mean_ = self._scaler.mean
        self.scale_ = self._scaler.std
        self.var_ = self.scale_**2
        return self

    def transform(self, X: Any) -> np.ndarray:
        """n x D, float64."""
        if self._needs_fit():
            raise ValueError("this StandardScaler is not fitted yet: call fit first")
        return self._scaler.transform(as_rows(X))

    def _needs_fit(self) -> bool:
        return not hasattr(self, "_scaler")

    def __getstate__(self) -> dict[str, Any]:
        return {**self.get_params(), "moments": getattr(self, "moments_", None)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        moments = state.pop("moments")
        self.set_params(**state)
        if moments is not None and moments.count >= 2:
            self.fit_moments(moments)
        elif moments is not None:
            self.moments_ = moments
