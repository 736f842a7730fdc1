"""A run's scree plot and projection as matplotlib figures, for notebooks, slides and papers.

    import fruits.plot

    fruits.plot.projection("results").savefig("projection.pdf")
    fruits.plot.scree(fruits.run("photos", "results"))

A run is the folder (a path or address) of `fruits run` or `project`, or what fruits.run() returned; scree() also takes one of
`fit`. matplotlib is asked for when a figure is made: `pip install 'matplotlib>=3.8'`, which is the package's extra `plot`.
"""

import json
import os
from typing import TYPE_CHECKING, Any

import pyarrow.fs
import pyarrow.parquet

from .runs import RunSummary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["projection", "scree"]

Run = str | os.PathLike | RunSummary

_BAR, _LINE = "#0072b2", "#d55e00"
# As in src/report/palette.cc, so that a label looks the same in every picture of a run.
_FEW = "#0072b2 #e69f00 #009e73 #d55e00 #cc79a7 #56b4e9 #4d4d4d #b2a000 #882255 #8c6d46".split()
_MANY = (
    "#0072b2 #e02020 #2fbf2f #d62fe0 #78005a #877800 #e1a5d2 #5a00ff #4bd2c3 #ffa54b #f00096 #9669e1 "
    "#962d00 #005a3c #4b1e96 #78b4ff #b4c31e #00a54b #966987 #9600b4 #ff78f0 #0069ff #f07878 #001ec3"
).split()
_MARKERS = "os^DvP"
_MOST_IN_LEGEND = 144
_LONGEST_LABEL = 40


def scree(run: Run, *, title: str | None = "Variance explained by each component") -> "Figure":
    """Bars: each kept component's share of the total variance. Line: all up to it.

    ValueError: the run has no fit; OSError, ImportError.
    """
    plt = _pyplot()
    record = _record(run)
    if "variance" not in record:
        raise ValueError(f"{_address(run)}: expected a run with a fit, found one of {record.get('command')!r}")
    shares = record["variance"]["share_of_total"]
    cumulative = record["variance"]["cumulative_share_of_total"]
    figure, axes = plt.subplots(figsize=(7.5, 4.5), layout="constrained")
    numbers = range(1, len(shares) + 1)
    bars = axes.bar(numbers, [100 * share for share in shares], color=_BAR, label="each component")
    if len(shares) <= 12:  # below the axis, where no line crosses them
        axes.set_xticks(list(numbers), [f"{k}\n{100 * share:.3g} %" for k, share in zip(numbers, shares, strict=True)])
    else:
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(xlabel="Principal component", ylabel="Share of the total variance (%)", title=title)
    up_to = axes.twinx()
    (line,) = up_to.plot(numbers, [100 * share for share in cumulative], "o-", color=_LINE, ms=4, label="all up to it")
    up_to.set_ylim(0, 105)
    up_to.set_ylabel("All up to it (%)", color=_LINE)
    up_to.tick_params(axis="y", colors=_LINE)
    figure.legend(handles=[bars, line], loc="outside lower center", ncols=2, frameon=False)
    for side in (axes, up_to):
        side.spines["top"].set_visible(False)
    return figure


def projection(run: Run, x: int = 1, y: int | None = None, *, title: str | None = "Photos on two principal components") -> "Figure":
    """One point a photo at its scores on components x and y (from 1), a colour and a marker for each label.

    y is the second component if it is not given; of a run with one component, points lie on a line.
    ValueError: no such component, or no projected photos; OSError, ImportError.
    """
    plt = _pyplot()
    table = _scores(run)
    vectors = table["features_pca"].combine_chunks()
    count = vectors.type.list_size
    if y is None and count > 1:
        y = 2
    for name, k in (("x", x), ("y", y)):
        if k is not None and not 1 <= k <= count:
            raise ValueError(f"{name}={k}: expected a component from 1 to {count}")
    scores = vectors.flatten().to_numpy(zero_copy_only=False).reshape(-1, count)
    labels = table["label"].to_pylist()
    rows: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(label, []).append(row)
    names = sorted(rows, key=lambda name: name.encode())
    shares = _record(run).get("variance", {}).get("share_of_total", [])
    listed = names[:_MOST_IN_LEGEND]
    rows_each = 20 if len(listed) <= 60 else 48
    columns = -(-len(listed) // rows_each)
    height = max(5.5, 0.165 * min(rows_each, len(listed)) + 0.8)
    figure, axes = plt.subplots(figsize=(6.5 + 1.6 * columns, height), layout="constrained")
    size = max(4, min(36, 12_000 / max(1, len(labels))))
    handles = []
    for i, name in enumerate(names):
        color, marker = _look(i, len(names))
        points = scores[rows[name]]
        across, up = points[:, x - 1], points[:, y - 1] if y else [0] * len(points)
        handles.append(axes.scatter(across, up, s=size, color=color, marker=marker, linewidths=0, alpha=0.85))
    axes.set(xlabel=_axis(x, shares), ylabel=_axis(y, shares) if y else "(only one component was kept)", title=title)
    axes.grid(alpha=0.25)
    axes.set_axisbelow(True)
    more = len(names) - _MOST_IN_LEGEND
    heading = f"{len(names)} labels" + (f", {_MOST_IN_LEGEND} shown" if more > 0 else "")
    legend = figure.legend(
        handles[: len(listed)], [str(i) for i in range(len(listed))], loc="outside right upper", ncols=columns, fontsize=8,
        frameon=False, title=heading, alignment="left",
    )  # fmt: skip
    for text, name in zip(legend.get_texts(), listed, strict=True):  # set later: a label with a leading underscore is none to matplotlib
        text.set_text(_shown(name))
    return figure


def _shown(label: str) -> str:
    label = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
    return label.replace("$", r"\$") or "(no label)"


def _pyplot() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("fruits.plot needs matplotlib: pip install 'matplotlib>=3.8'") from error
    return plt


def _look(i: int, count: int) -> tuple[Any, str]:
    """As LookOf() in src/report/palette.cc."""
    colors: list[Any] = _FEW if count <= len(_FEW) else _MANY
    if count > len(_MANY) * len(_MARKERS):
        import matplotlib

        colors = list(matplotlib.colormaps["hsv"]([k * 6 / count for k in range((count + 5) // 6)]))
        while len(colors) % 6 not in (0, 4):
            colors.append((0.3, 0.3, 0.3, 1.0))
    return colors[i % len(colors)], _MARKERS[(i + i // len(colors)) % len(_MARKERS)]


def _axis(k: int, shares: list[float]) -> str:
    return f"PC{k} ({100 * shares[k - 1]:.3g} % of the variance)" if k <= len(shares) else f"PC{k}"


def _address(run: Run) -> str:
    return run.output if isinstance(run, RunSummary) else os.fspath(run)


def _open(run: Run, name: str) -> tuple[pyarrow.fs.FileSystem, str]:
    address = _address(run).replace("s3a://", "s3://")
    # A file: address has its own escapes, a plain path has none.
    if "://" in address:
        import urllib.parse

        if address.startswith("file://"):
            return pyarrow.fs.LocalFileSystem(), os.path.join(urllib.parse.unquote(address[len("file://") :]), name)
        system, path = pyarrow.fs.FileSystem.from_uri(address)
        return system, path.rstrip("/") + "/" + name
    return pyarrow.fs.LocalFileSystem(), os.path.join(address, name)


def _record(run: Run) -> dict[str, Any]:
    system, path = _open(run, "run.json")
    with system.open_input_stream(path) as file:
        return json.loads(file.read())


def _scores(run: Run) -> Any:
    if "pca_result.parquet" not in _record(run)["files"]:
        raise ValueError(f"{_address(run)}: expected projected photos, found no pca_result.parquet")
    system, path = _open(run, "pca_result.parquet")
    return pyarrow.parquet.read_table(path, columns=["label", "features_pca"], filesystem=system)
