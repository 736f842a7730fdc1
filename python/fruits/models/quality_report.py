"""What an int8 model costs in quality and gains in speed, measured on photos: quality.json and quality.md of its bundle."""

import json
import pathlib
import statistics
import time

from fruits.models.errors import ModelError

TIMED = 64  # photos
TURNS = 3


class Judge:
    """Measures int8 candidates against the f32 model. Features lie in `work` meanwhile."""

    def __init__(self, request, work: pathlib.Path) -> None:
        self._request = request
        self._work = work
        self._f32 = work / "f32"

    def measure_reference(self) -> None:
        """Also finds out before any quantization whether such features can be judged at all."""
        self._extract(self._request.name, self._f32)
        self._compare(self._f32)

    def measure(self, bundle: pathlib.Path) -> dict:
        output = self._work / f"{bundle.name}-features"
        self._extract(str(bundle), output)
        base = self._request.store / self._request.name
        f32_speed, int8_speed = self._speeds(base, bundle)
        compared = self._compare(output)
        return {
            "format": 1,
            "model": self._request.name,
            "components": self._request.components,
            "calibration_photos": self._request.images,
            "f32": {**compared["reference"], "images_per_second": f32_speed, "bytes": _size(base)},
            "int8": {**compared["other"], "images_per_second": int8_speed, "bytes": _size(bundle)},
            "agreement": compared["agreement"],
        }

    def _compare(self, output) -> dict:
        import fruits
        from fruits import _core

        components = self._request.components
        try:
            compared = json.loads(_core.compare_features(str(self._f32), str(output), [components], self._request.group))
        except (fruits.Error, OSError, ValueError) as error:
            raise ModelError(f"judging features: {str(error).removeprefix(f'{self._f32}: ')}") from error
        if compared["reference"]["variance_kept"][str(components)] is None:
            photos = compared["reference"]["photos"]
            raise ModelError(f"--components {components}: more than {photos} photos have; take fewer, or more --evaluation-images")
        return compared

    def _extract(self, model, output):
        import fruits

        request = self._request
        try:
            fruits.extract(
                request.evaluation or request.calibration,
                output,
                model=model,
                models=request.store,
                sample=request.evaluation_images,
                thumbnails=False,
                max_rejected=1,
            )
        except (fruits.Error, OSError, ValueError) as error:
            raise ModelError(f"measuring {model}: {error}") from error

    def _speeds(self, *bundles: pathlib.Path) -> list[float]:
        """Images/s of each, in turns, so that a machine with other work treats them alike."""
        import fruits

        photos = _some_photos(self._f32)
        extractors = [fruits.FeatureExtractor(str(bundle)) for bundle in bundles]
        rates: list[list[float]] = [[] for _ in extractors]
        for turn in range(1 + TURNS):
            for extractor, taken in zip(extractors, rates, strict=True):
                begin = time.perf_counter()
                extractor.extract(photos)
                if turn > 0:  # the first one loads the model
                    taken.append(len(photos) / (time.perf_counter() - begin))
        return [statistics.median(taken) for taken in rates]


def _some_photos(extracted: pathlib.Path) -> list[str]:
    import pyarrow.parquet as pq

    part = min((extracted / "features").glob("part-*.parquet"))
    paths = pq.read_table(part, columns=["path"]).column("path").to_pylist()
    return paths[:: max(1, len(paths) // TIMED)][:TIMED]


def _size(bundle: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in bundle.iterdir() if file.suffix in (".xml", ".bin", ".onnx"))


def accuracy_drop(report: dict) -> float:
    """The larger of both measures' losses; negative where int8 is better."""
    return max(report["f32"][name] - report["int8"][name] for name in ("nearest_accuracy", "probe_accuracy"))


def faults(report: dict, request) -> list[str]:
    """What is below its floor; empty: good enough."""
    found = []
    cosine = report["agreement"]["cosine"]["mean"]
    if cosine < request.min_cosine:
        found.append(f"mean cosine to f32 {cosine:.4f}, expected at least {request.min_cosine:g}")
    drop = accuracy_drop(report)
    if drop > request.max_accuracy_drop:
        found.append(f"accuracy falls by {100 * drop:.2f} points, expected at most {100 * request.max_accuracy_drop:g}")
    return found


def summary(report: dict) -> str:
    f32, int8, agreement = report["f32"], report["int8"], report["agreement"]
    return (
        f"cosine to f32 {agreement['cosine']['mean']:.4f} (1 %: {agreement['cosine']['percentile_1']:.4f}); nearest neighbour"
        f" {100 * f32['nearest_accuracy']:.2f} % -> {100 * int8['nearest_accuracy']:.2f} %, linear probe"
        f" {100 * f32['probe_accuracy']:.2f} % -> {100 * int8['probe_accuracy']:.2f} %;"
        f" {int8['images_per_second'] / f32['images_per_second']:.2f} times as fast"
    )


def write(report: dict, folder: pathlib.Path) -> None:
    (folder / "quality.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (folder / "quality.md").write_text(_page(report), encoding="utf-8")


def _page(report: dict) -> str:
    f32, int8, agreement = report["f32"], report["int8"], report["agreement"]
    components = str(report["components"])
    cosine = agreement["cosine"]

    def row(name, value, form):
        return f"| {name} | {form(value(f32))} | {form(value(int8))} |"

    def percent(share):
        return f"{100 * share:.2f} %"

    angles = ", ".join(f"{angle:.1f}" for angle in agreement["angles"])
    lines = [
        f"# {report['model']} in int8",
        "",
        f"Measured on {f32['photos']:,} photos of {f32['labels']} labels with a CPU of class {report['isa']}; calibrated on up to"
        f" {report['calibration_photos']:,} photos. Accuracies never ask a photo's own group.",
        "",
        "| | f32 | int8 |",
        "| --- | --- | --- |",
        row("nearest neighbour has the label", lambda m: m["nearest_accuracy"], percent),
        row("linear probe gives the label", lambda m: m["probe_accuracy"], percent),
        row(f"variance that {components} components keep", lambda m: m["variance_kept"][components], percent),
        row("images/s", lambda m: m["images_per_second"], lambda v: f"{v:.1f}"),
        row("MB", lambda m: m["bytes"] / 1e6, lambda v: f"{v:.1f}"),
        "",
        "| int8 to f32 | |",
        "| --- | --- |",
        f"| cosine: mean, 1 %, least | {cosine['mean']:.4f}, {cosine['percentile_1']:.4f}, {cosine['min']:.4f} |",
        f"| same nearest photo | {percent(agreement['same_nearest_photo'])} |",
        f"| nearest photo has the same label | {percent(agreement['same_nearest_label'])} |",
        f"| angles between the first {components} components' spaces | {angles} degrees |",
        f"| speed | {int8['images_per_second'] / f32['images_per_second']:.2f} times |",
        f"| layers kept in f32 | {report['layers_kept_in_f32']} |",
    ]
    return "\n".join(lines) + "\n"
