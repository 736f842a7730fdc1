"""Spark ML params out of the engine's option table, so that names, help and defaults are written once.

    @with_params("model", "batch_size")
    class Stage(WithParams, Transformer):      # Stage(batchSize=8).getBatchSize()
        inputCol = column("inputCol", "photos")
"""

import functools
import json
from collections.abc import Callable
from typing import Any, Self

from pyspark.ml.param import Param, Params, TypeConverters

from .. import _core

_CONVERTERS = {
    bool: TypeConverters.toBoolean,
    int: TypeConverters.toInt,
    float: TypeConverters.toFloat,
    str: TypeConverters.toString,
    list: TypeConverters.toListFloat,
}


def param(name: str, doc: str, kind: type = str) -> Param:
    return Param(Params._dummy(), name, doc, typeConverter=_CONVERTERS[kind])


def camel(option: str) -> str:
    """batch_size is batchSize."""
    first, *rest = option.split("_")
    return first + "".join(word.capitalize() for word in rest)


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    return {o["name"]: o for o in _core.options()}


def _of_option(name: str) -> tuple[Param, Any]:
    option = _table()[name]
    default = json.loads(option["default"])
    doc = option["help"]
    if option["is_switch"] and default:
        doc = f"false: {doc}"  # the command has a flag that turns it off, and its help is of that
    return param(camel(name), doc, type(default)), default


def _accessors(cls: type, name: str) -> None:
    # Bound now: the loop's variable goes on.
    def get(self: Params) -> Any:
        return self.getOrDefault(name)

    def put(self: Params, value: Any) -> Params:
        return self._set(**{name: value})

    for function, prefix in ((get, "get"), (put, "set")):
        function.__name__ = prefix + name[0].upper() + name[1:]
        function.__doc__ = getattr(cls, name).doc
        setattr(cls, function.__name__, function)


def with_params(*options: str) -> Callable[[type], type]:
    """Adds a param for each of the engine's options, and getX and setX for each param the class has."""

    def add(cls: type) -> type:
        cls._options = {camel(name): name for name in options}
        cls._option_defaults = {}
        for name in options:
            made, cls._option_defaults[made.name] = _of_option(name)
            setattr(cls, made.name, made)
        for name in [name for name in dir(cls) if isinstance(getattr(cls, name), Param)]:
            _accessors(cls, name)
        return cls

    return add


class WithParams(Params):
    """Params by keyword, checked by name."""

    _options: dict[str, str] = {}
    _option_defaults: dict[str, Any] = {}

    def _start(self, defaults: dict[str, Any], given: dict[str, Any]) -> None:
        self._setDefault(**self._option_defaults, **defaults)
        self.setParams(**given)

    def setParams(self, **given: Any) -> Self:
        for name in given:
            if not self.hasParam(name):
                known = ", ".join(p.name for p in self.params)
                raise ValueError(f"{type(self).__name__} has no param {name!r}: expected one of {known}")
        return self._set(**given)

    def _given_options(self) -> dict[str, Any]:
        """What was set, under the engine's names; the engine has the defaults."""
        return {option: self.getOrDefault(name) for name, option in self._options.items() if self.isSet(name)}
