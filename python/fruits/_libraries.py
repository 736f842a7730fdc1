"""Brings OpenVINO, Arrow and OpenBLAS into the process before the engine that is linked to them.

They lie in the wheels openvino, pyarrow and scipy-openblas32, wherever those are installed: each library is loaded by its full path,
and the engine then finds it by name. (The engine's own RUNPATH finds them only where all wheels share one site folder.)
"""

import ctypes
import importlib.metadata
import importlib.util
import pathlib

from ._versions import BUILT_WITH, LIBRARIES, VERSION

__all__ = ["VERSION", "load"]


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _check(wheel: str) -> None:
    wanted = BUILT_WITH[wheel]
    try:
        found = importlib.metadata.version(wheel)
    except importlib.metadata.PackageNotFoundError:
        raise ImportError(f"fruits {VERSION} needs the package {wheel} {wanted}: it is not installed") from None
    if _minor(found) != _minor(wanted):
        raise ImportError(
            f"fruits {VERSION} is built with {wheel} {wanted} and works with {_minor(wanted)}.x, found {wheel} {found}: "
            f"pip install {wheel}=={wanted}"
        )


def _folder(package: str) -> pathlib.Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ImportError(f"fruits {VERSION} needs the package {package}: it cannot be imported")
    return pathlib.Path(spec.submodule_search_locations[0])


def load() -> None:
    """ImportError names the wheel that is missing or of another version, or the library."""
    for wheel, (package, names) in LIBRARIES.items():
        _check(wheel)
        folder = _folder(package)
        for name in names:
            path = folder / name
            try:
                ctypes.CDLL(str(path))
            except OSError as error:
                raise ImportError(f"fruits {VERSION} cannot load {path}: {error}") from error
