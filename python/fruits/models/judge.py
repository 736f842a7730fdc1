"""int8 candidates against the f32 model, on photos: what quality.json says of them.

    judge = Judge(request, bundle, calibrated, work)
    judge.measure_reference()
    report = judge.measure(candidate)

Features lie in `work` meanwhile. The photos are others than the calibration's, where there are enough of them.
"""

import json
import pathlib

from fruits.models import timing
from fruits.models.calibration import Calibration
from fruits.models.errors import ModelError
from fruits.models.extracted import Extracted, extract

POOLING, FIT = "avg", "full"
ENOUGH = 200  # photos that were not calibrated on; fewer do, where no more than twice as many are asked for


class Judge:
    def __init__(self, request, base: dict, calibrated: Calibration, work: pathlib.Path) -> None:
        self._request = request
        self._seen = base["input"]
        self._calibrated = calibrated
        self._files = timing.as_files(calibrated.inputs[: timing.TIMED], self._seen)
        self._work = work
        self._f32 = work / "f32.parquet"
        self._evaluation: dict = {}
        self._paths: list[str] = []
        self._unknown = ""

    def measure_reference(self) -> None:
        """Also finds out before any quantization whether such features can be judged at all."""
        request = self._request
        photos = self._extract(request.name, self._work / "f32")
        rows = choose(photos.contents, self._calibrated.contents, request.evaluation_images)
        if not rows:
            raise ModelError(f"{self._source()}: none of the photos could be used, {photos.rejected} were rejected")
        self._paths = [photos.paths[row] for row in rows]
        self._evaluation = {
            "inputs": request.evaluation or request.calibration,
            "photos": len(rows),
            "rejected": photos.rejected,
            "calibrated_on": sum(photos.contents[row] in self._calibrated.contents for row in rows),
        }
        self._write(photos, request.name, self._f32)
        self._unknown = why_unknown(self._compare(self._f32)["reference"], {photos.labels[row] for row in rows})
        if self._unknown and not request.allow_unknown_accuracy:
            raise ModelError(
                f"accuracy cannot be judged: {self._unknown}; expected labels that several photos share (--label, --evaluation),"
                " or --allow-unknown-accuracy to take a model by its cosine alone"
            )

    @property
    def evaluation(self) -> dict:
        """inputs, photos, rejected, and how many of the photos the model is calibrated on."""
        return self._evaluation

    def measure(self, bundle: pathlib.Path) -> dict:
        request = self._request
        table = self._work / f"{bundle.name}.parquet"
        self._write(self._extract(str(bundle), self._work / f"{bundle.name}-features"), bundle.name, table)
        base = request.store / request.name
        f32_speed, int8_speed = timing.images_per_second([base, bundle], self._files)
        compared = self._compare(table)
        photos = len(self._calibrated.inputs)
        return {
            "format": 1,
            "model": request.name,
            "components": request.components,
            "calibration_photos": photos,
            "calibration": {"inputs": request.calibration, "photos": photos, "rejected": self._calibrated.rejected},
            "evaluation": self._evaluation,
            "globs": list(request.globs),
            "label": request.label,
            "group": request.group,
            "settings": self._settings(),
            "floors": {"min_cosine": request.min_cosine, "max_accuracy_drop": request.max_accuracy_drop},
            "accuracy_unknown": self._unknown or None,
            "f32": {**compared["reference"], "images_per_second": f32_speed, "bytes": _size(base)},
            "int8": {**compared["other"], "images_per_second": int8_speed, "bytes": _size(bundle)},
            "speed_ratio": int8_speed / f32_speed,
            "agreement": compared["agreement"],
        }

    def _settings(self) -> dict:
        """What the figures hold for, by the names under which the engine looks for it."""
        width, height = self._seen["width"], self._seen["height"]
        side = width if width == height else 0  # 0: the model's own
        return {"pooling": POOLING, "input_size": side, "fit": FIT, "filter": self._seen["resize_filter"]}

    def _source(self) -> str:
        return "--evaluation" if self._request.evaluation else "--calibration"

    def _extract(self, model: str, output: pathlib.Path) -> Extracted:
        request = self._request
        inputs = request.evaluation or request.calibration
        # Those of the calibration are taken out afterwards.
        spare = request.images if inputs == request.calibration else 0
        return extract(
            f"measuring {model} on the photos of {self._source()}",
            inputs,
            output,
            request,
            model=model,
            models=request.store,
            sample=request.evaluation_images + spare,
            pooling=POOLING,
            fit=FIT,
        )

    def _write(self, photos: Extracted, model: str, table: pathlib.Path) -> None:
        """The chosen photos' rows, always in the same order."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        row_of = {path: row for row, path in enumerate(photos.paths)}
        lost = [path for path in self._paths if path not in row_of]
        if lost:
            raise ModelError(f"measuring {model}: {lost[0]} gave no features this time; do the photos change meanwhile?")
        rows = [row_of[path] for path in self._paths]
        features = pa.FixedSizeListArray.from_arrays(pa.array(photos.features[rows].ravel()), photos.features.shape[1])
        labels = [photos.labels[row] for row in rows]
        pq.write_table(pa.table({"path": self._paths, "label": labels, "features": features}), table)

    def _compare(self, table: pathlib.Path) -> dict:
        import fruits
        from fruits import _core

        components = self._request.components
        try:
            compared = json.loads(_core.compare_features(str(self._f32), str(table), [components], self._request.group))
        except (fruits.Error, OSError, ValueError) as error:
            raise ModelError(f"judging features: {str(error).removeprefix(f'{self._f32}: ')}") from error
        if compared["reference"]["variance_kept"][str(components)] is None:
            photos = compared["reference"]["photos"]
            raise ModelError(f"--components {components}: more than {photos} photos have; take fewer, or more --evaluation-images")
        return compared


def choose(contents: list[bytes], calibrated: set[bytes], wanted: int) -> list[int]:
    """At most `wanted` rows, spread evenly: of the photos that were not calibrated on, where there are enough."""
    others = [row for row, content in enumerate(contents) if content not in calibrated]
    rows = others if len(others) >= min(ENOUGH, wanted // 2) else list(range(len(contents)))
    count = min(wanted, len(rows))
    return [rows[i * len(rows) // count] for i in range(count)]


def why_unknown(quality: dict, labels: set[str]) -> str:
    """Why the labels tell no accuracy; empty: they do."""
    if quality["nearest_accuracy"] is not None and quality["probe_accuracy"] is not None:
        return ""
    photos = quality["photos"]
    if labels == {""}:
        return f"none of the {photos} photos has a label"
    if len(labels) == 1:
        return f"all {photos} photos have the label '{labels.pop()}'"
    if len(labels) == photos:
        return f"each of the {photos} photos has a label of its own"
    return f"no label of the {photos} photos ({len(labels)} labels) has photos in two groups"


def _size(bundle: pathlib.Path) -> int:
    return sum(file.stat().st_size for file in bundle.iterdir() if file.suffix in (".xml", ".bin", ".onnx"))
