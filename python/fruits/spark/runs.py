"""run() with a Spark session: as fruits.run(), its photos computed by the session's executors."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from fruits import _core, _options, _places, _sent_model
from fruits.runs import Progress, RunSummary
from fruits.spark._reporting import Reporter
from fruits.spark.distribution import distribute


def run(
    spark: Any,
    inputs: str | os.PathLike | Iterable[str | os.PathLike],
    output: str | os.PathLike,
    *,
    models: str | os.PathLike | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RunSummary:
    """Photos to features, fit, projection, tables and pictures in `output`, which executors and driver share.

    Arguments, files and errors as fruits.run(); threads defaults to spark.task.cpus. Features have the bits of one machine of
    the executors' kind. spark is a classic session (Spark Connect has no driver to hold the folder). Memory of an executor:
    one engine a core (see docs/spark.md); of the driver: the catalog and 17 MB for the fit at 2048 columns. precision="auto" is
    what the driver's CPU does best, for all machines.
    """
    _options.check(options, _options.names("run"), "run")
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    places = [*(("input", os.fspath(i)) for i in inputs), ("output", os.fspath(output)), ("working_directory", os.getcwd())]
    store = _places.store(models)
    use: dict[str, float] = {}
    reporter = Reporter(spark, on_progress)
    there = [*places, *_options.texts(_chosen(options, models)), ("models", store)]
    given = distribute(spark, there, reporter, use)
    # As it was asked: the engine here chooses the same, and its record says why.
    here = [*places, *_options.texts(options), ("models", _sent_model.store(store))]
    here.append(("cache_directory", _places.cache_directory()))
    done = _core.run("run", here, "", reporter.of_engine, given)
    return RunSummary(**{**done, "use": {**done["use"], **use}})


def _chosen(options: dict[str, Any], models: str | os.PathLike | None) -> dict[str, Any]:
    """With what the driver's CPU would take, for all machines: features of two precisions do not mix."""
    if options.get("precision") not in ("auto", "int8"):
        return options
    store = _sent_model.store(_places.store(models))
    asked = [("models", store), ("cache_directory", _places.cache_directory()), ("working_directory", os.getcwd())]
    model, precision, _ = _core.choose_model([*_options.texts(options), *asked])
    return {**options, "model": model, "precision": precision}
