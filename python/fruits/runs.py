"""The whole chain and its parts, as the commands `fruits run`, `extract`, `fit` and `project`."""

import dataclasses
import os
from collections.abc import Callable, Iterable
from typing import Any

from . import _core, _options, _places

Progress = dict[str, Any]  # phase, done, total (0: not known), rejected, seconds, images_per_second, seconds_left


@dataclasses.dataclass(frozen=True)
class RunSummary:
    """What a run did; run.json in its output folder says more."""

    output: str
    model: str
    precision: str  # "f32", "bf16", "int8"; "" where no photo was computed
    precision_reason: str  # where precision="auto" chose
    counts: dict[str, int]
    use: dict[str, float]  # cpu_seconds; cores and core_hours; with a price price_per_hour and cost
    seconds: dict[str, float]  # by stage; "total" is the whole
    images_per_second: float
    share_of_total: list[float]  # of the variance, by component
    share_of_kept: list[float]
    too_many_rejected: bool  # above max_rejected: everything is written all the same
    problems: list[tuple[str, str]]  # what could not be listed, and why


def _run(
    command: str,
    inputs: str | os.PathLike | Iterable[str | os.PathLike],
    output: str | os.PathLike,
    options: dict[str, Any],
    on_progress: Callable[[Progress], None] | None,
    *,
    models: str = "",
    fitted: str = "",
) -> RunSummary:
    _options.check(options, _options.names(command), command)
    if isinstance(inputs, (str, os.PathLike)):
        inputs = [inputs]
    texts = [
        *(("input", os.fspath(i)) for i in inputs),
        ("output", os.fspath(output)),
        ("models", models),
        ("cache_directory", _places.cache_directory()),
        *_options.texts(options),
    ]
    summary = _core.run(command, texts, fitted, on_progress, None)
    return RunSummary(**summary)


def run(
    inputs: str | os.PathLike | Iterable[str | os.PathLike],
    output: str | os.PathLike,
    *,
    models: str | os.PathLike | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RunSummary:
    """Photos to features, fit, projection, tables and pictures in `output`; goes on where an earlier call was stopped.

    inputs are files, folders, globs, archives or s3:// addresses; options are those of `fruits run` with underscores
    (model="resnet50", components=7, glob=["*.jpg"], center=False). on_progress is called from another thread, at most ten
    times a second; what it raises ends the run. Ctrl-C ends it too and leaves what is done. ValueError, OSError, fruits.Error.
    """
    return _run("run", inputs, output, options, on_progress, models=_places.store(models))


def extract(
    inputs: str | os.PathLike | Iterable[str | os.PathLike],
    output: str | os.PathLike,
    *,
    models: str | os.PathLike | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RunSummary:
    """Photos to features/ and rejected.csv in `output`, as `fruits extract`; the rest as run()."""
    return _run("extract", inputs, output, options, on_progress, models=_places.store(models))


def fit(
    features: str | os.PathLike,
    output: str | os.PathLike,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RunSummary:
    """A run's folder, or a Parquet file with `path` and `features`, to fitted/ and scree.svg in `output`, as `fruits fit`."""
    return _run("fit", features, output, options, on_progress)


def project(
    features: str | os.PathLike,
    output: str | os.PathLike,
    *,
    fitted: str | os.PathLike,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RunSummary:
    """The same input by the fit at `fitted` to pca_result.csv and .parquet in `output`, as `fruits project`."""
    return _run("project", features, output, options, on_progress, fitted=os.fspath(fitted))
