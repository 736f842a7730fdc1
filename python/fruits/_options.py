"""The engine's options under their Python names, which are the command's with underscores."""

import functools
from collections.abc import Iterable
from typing import Any

from . import _core


@functools.cache
def names(command: str) -> frozenset[str]:
    """What `command` takes: "extract", "fit", "project" or "run"."""
    return frozenset(o["name"] for o in _core.options() if command == "run" or command in o["commands"])


def check(given: Iterable[str], known: frozenset[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise ValueError(f"{what} has no option {name!r}: expected one of {', '.join(sorted(known))}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(_text, value))
    return str(value)


def texts(options: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values as the engine reads them; None is left out, and a glob may be a list."""
    pairs = []
    for name, value in options.items():
        if value is None:
            continue
        values = value if name == "glob" and not isinstance(value, str) else [value]
        pairs += [(name, _text(v)) for v in values]
    return pairs
