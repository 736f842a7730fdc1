"""Reads a .npz of named arrays; pickled objects are refused."""

import zipfile

import numpy as np

from fruits.models.errors import ModelError


def read_npz_file(path):
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, AttributeError, MemoryError) as error:
        raise ModelError(f"{path.name}: not a .npz of plain arrays, or damaged ({error})") from error
