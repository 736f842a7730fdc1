"""Photos to feature rows."""

import os
from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pyarrow as pa

from . import _core, _options, _places, _sklearn

# Of the command's options those that decide a feature row, and how fast it comes.
OPTIONS = frozenset(
    "precision input_size pooling fit resize_filter exif_rotate color_order mean scale features_output max_pixels"
    " batch_size threads force".split()
)


class PhotoError(ValueError):
    """A photo that gives no features: `index` in the call, `reason`."""

    def __init__(self, index: int, reason: str) -> None:
        super().__init__(f"photo {index}: {reason}")
        self.index = index
        self.reason = reason


class FeatureExtractor:
    """A CNN's features of photos, decoded, turned, resized and inferred by the engine; the same bits as `fruits run` gives.

    model is a name in the store, a bundle's folder, or an .onnx or .xml file; models is the store (default: FRUITS_MODELS,
    else the user's cache folder). Options are those of `fruits extract`: precision, input_size, pooling ("avg", "none"), fit
    ("full", "crop", "pad"), resize_filter, exif_rotate, max_pixels, batch_size, threads (0: as many as this process may
    use), force; color_order, mean, scale and features_output for a model file.

    The model is loaded at the first use. Threads: any; calls of one object wait for each other without holding Python's
    lock, and Ctrl-C ends them. Memory: the model's, 64 MiB of files, a decoded picture a thread, and the rows.
    """

    def __init__(self, model: str = "efficientnet-lite0", *, models: str | os.PathLike | None = None, **options: Any) -> None:
        _options.check(options, OPTIONS, "FeatureExtractor")
        self._params = {"model": model, "models": models, **options}
        self._engine: _core.PhotoFeaturizer | None = None

    def extract(self, photos: Iterable[bytes] | Iterable[str] | pa.Array) -> pa.RecordBatch:
        """One row a photo, in order: `features` (fixed_size_list<float>[dimension]) or, where that is null, `error`.

        photos are files in memory (bytes, or an Arrow array of binary, taken without a copy), or their paths or s3://
        addresses (str, os.PathLike, an Arrow array of string). A bad photo is a row; ValueError, OSError (no access to a
        bucket, a server that does not answer) and fruits.Error are for the call as a whole.
        """
        array = _as_array(photos)
        are_addresses = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
        schema, rows = self._loaded().extract(*array.__arrow_c_array__(), are_addresses)
        return pa.RecordBatch._import_from_c_capsule(schema, rows)

    def transform(self, X: Iterable[bytes] | Iterable[str] | pa.Array) -> np.ndarray:
        """n x dimension, float32. PhotoError names the first bad photo."""
        batch = self.extract(X)
        errors = batch.column("error")
        if errors.null_count < len(errors):
            index = errors.is_valid().index(True).as_py()
            raise PhotoError(index, errors[index].as_py())
        return batch.column("features").flatten().to_numpy().reshape(len(batch), self.dimension)

    def fit(self, X: Any = None, y: Any = None) -> Self:
        """Loads the model; nothing is learnt."""
        self._loaded()
        return self

    def fit_transform(self, X: Any, y: Any = None) -> np.ndarray:
        return self.transform(X)

    @property
    def dimension(self) -> int:
        """Columns of a feature row."""
        return self._loaded().dimension

    @property
    def input_size(self) -> tuple[int, int]:
        """Width and height that the network sees."""
        return self._loaded().input_width, self._loaded().input_height

    @property
    def precision(self) -> str:
        """Arithmetic of the network: "f32", "bf16" or "int8"."""
        return self._loaded().precision

    @property
    def precision_reason(self) -> str:
        """Why it is that one, where precision="auto" chose; else ""."""
        return self._loaded().precision_reason

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what decides a feature row's bits; rows of different fingerprints do not mix."""
        return self._loaded().fingerprint

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        return np.array([f"feature{i}" for i in range(self.dimension)], dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return dict(self._params)

    def set_params(self, **params: Any) -> Self:
        _options.check(params, OPTIONS | {"model", "models"}, "FeatureExtractor")
        self._params.update(params)
        self._engine = None
        return self

    def __repr__(self) -> str:
        return f"FeatureExtractor({', '.join(f'{n}={v!r}' for n, v in self._params.items() if v is not None)})"

    def __getstate__(self) -> dict[str, Any]:
        return self._params  # a loaded engine stays where it is

    def __setstate__(self, params: dict[str, Any]) -> None:
        self.__init__(**params)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_tags__(self) -> Any:
        return _sklearn.tags(requires_fit=False)

    def _loaded(self) -> _core.PhotoFeaturizer:
        if self._engine is None:
            options = {
                **self._params,
                "models": _places.store(self._params["models"]),
                "cache_directory": _places.cache_directory(),
            }
            self._engine = _core.PhotoFeaturizer.create(_options.texts(options))
        return self._engine


def _as_array(photos: Any) -> pa.Array:
    if isinstance(photos, pa.ChunkedArray):
        return photos.combine_chunks()
    if isinstance(photos, pa.Array):
        return photos
    if isinstance(photos, (str, bytes, os.PathLike)):
        raise ValueError(f"photos: expected many, found one {type(photos).__name__}; put it into a list")
    values = [os.fspath(p) if isinstance(p, os.PathLike) else p for p in photos]
    for kind, arrow in ((str, pa.large_string()), ((bytes, bytearray, memoryview), pa.large_binary())):
        if values and all(v is None or isinstance(v, kind) for v in values) and values.count(None) < len(values):
            return pa.array(values, arrow)
    if all(v is None for v in values):
        return pa.array(values, pa.large_binary())
    raise ValueError("photos: expected bytes (files in memory) or str (their paths), all of one kind")
