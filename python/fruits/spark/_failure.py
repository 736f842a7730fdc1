"""A failed Spark job in one line: what the worker's Python raised, else the first line of what Java says."""

import re

from py4j.protocol import Py4JError

_OF_WORKER = "Traceback (most recent call last):"
_CLASS = re.compile(r"^[\w.]+(?:Error|Exception): (?=.)")


def line(error: BaseException) -> str:
    text = _text(error)
    if _OF_WORKER in text:
        # After its frames, which are indented, the exception; then Java's own frames.
        after = text.split(_OF_WORKER)[-1].splitlines()[1:]
        text = _CLASS.sub("", next((entry for entry in after if entry[:1].strip()), text))
    return next((entry.strip() for entry in text.splitlines() if entry.strip()), type(error).__name__)


def _text(error: BaseException) -> str:
    java = getattr(error, "java_exception", None)
    if java is None:
        return str(error)
    try:
        return java.toString()
    except (Py4JError, OSError):  # the JVM is gone, which str(error) would ask, too
        return error.errmsg
