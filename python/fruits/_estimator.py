"""scikit-learn's manners without needing scikit-learn: parameters by name, clone, pipelines."""

import inspect
from typing import Any, Self

from . import _sklearn


class Estimator:
    """Parameters are the arguments of __init__, kept under their own names and checked by fit()."""

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **params: Any) -> Self:
        for name, value in params.items():
            if name not in self._names():
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}: expected one of {', '.join(self._names())}")
            setattr(self, name, value)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:
        return self.fit(X, y).transform(X)

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        changed = (f"{n}={v!r}" for n, v in self.get_params().items() if v is not defaults[n].default and v != defaults[n].default)
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_is_fitted__(self) -> bool:
        return not self._needs_fit()

    def _needs_fit(self) -> bool:
        return False

    def __sklearn_tags__(self) -> Any:
        return _sklearn.tags(requires_fit=True)
