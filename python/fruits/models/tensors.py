"""Checked access to the named tensors of a weights file: nothing missing, nothing left over, nothing NaN."""

import numpy as np

from fruits.models.errors import ModelError


def shape_text(shape):
    return "x".join(str(n) for n in shape) or "scalar"


class Tensors:
    """take() hands out each tensor once; finish() refuses names nobody asked for."""

    def __init__(self, arrays, file_name, architecture):
        self._arrays = dict(arrays)
        self._file_name = file_name
        self._architecture = architecture

    def __contains__(self, name):
        return name in self._arrays

    def take(self, name, *shape):
        """The tensor; a None in `shape` stands for any length."""
        if name not in self._arrays:
            raise ModelError(f"{self._file_name}: tensor '{name}' is missing, {self._architecture} needs it")
        array = np.asarray(self._arrays.pop(name))
        fits = len(array.shape) == len(shape) and all(want in (None, got) for got, want in zip(array.shape, shape))
        if not fits:
            wanted = shape_text("n" if n is None else n for n in shape)
            raise ModelError(
                f"{self._file_name}: tensor '{name}' is {shape_text(array.shape)}, "
                f"{self._architecture} expects {wanted}"
            )
        if array.dtype.kind != "f":
            raise ModelError(f"{self._file_name}: tensor '{name}' is {array.dtype}, expected floating point")
        if not np.isfinite(array).all():
            raise ModelError(f"{self._file_name}: tensor '{name}' holds NaN or infinity")
        return array

    def take_matrix(self, name, columns):
        """n x columns; some files keep a classifier as a 1x1 convolution."""
        shape = np.shape(self._arrays.get(name))
        if len(shape) == 4 and shape[2:] == (1, 1):
            self._arrays[name] = np.reshape(self._arrays[name], shape[:2])
        return self.take(name, None, columns)

    def drop(self, suffix):
        """Forgets bookkeeping that plays no part in inference."""
        self._arrays = {name: array for name, array in self._arrays.items() if not name.endswith(suffix)}

    def finish(self):
        if self._arrays:
            first = sorted(self._arrays)[0]
            raise ModelError(
                f"{self._file_name}: tensor '{first}' (one of {len(self._arrays)}) is no part of {self._architecture}"
            )
