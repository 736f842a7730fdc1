"""Where models and caches lie, as the command decides it."""

import os
import pathlib


def _cache() -> pathlib.Path | None:
    for variable, below in (("XDG_CACHE_HOME", ""), ("HOME", ".cache")):
        value = os.environ.get(variable, "")
        if value.startswith("/"):
            return pathlib.Path(value) / below / "fruits"
    return None


def store(models: str | os.PathLike | None) -> str:
    """The model store: the argument, else FRUITS_MODELS, else the user's cache folder; "" where there is no home."""
    if models is not None:
        return os.fspath(models)
    if os.environ.get("FRUITS_MODELS"):
        return os.environ["FRUITS_MODELS"]
    cache = _cache()
    return str(cache / "models") if cache else ""


def cache_directory() -> str:
    """For compiled and fetched models; "" where there is no home."""
    cache = _cache()
    return str(cache) if cache else ""
