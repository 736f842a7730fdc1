"""From an f32 bundle to an int8 one that is good enough, or none.

    folder = quantize(QuantizeRequest(name="resnet50", store=store, calibration=["photos"]), notify=print)

Post-training quantization by NNCF on the user's own photos. The result is measured against the f32 model on photos; where it
falls below a floor, the layers that cost most are kept in f32 (NNCF's accuracy-aware form), twice with a stricter aim, before it
is refused. Beside the model lies what was measured: quality.json and quality.md.
"""

import dataclasses
import json
import pathlib
import shutil
import tempfile

import numpy as np

from fruits.models import calibration, quality_report, store
from fruits.models.bundle import Bundle, write_bundle_json
from fruits.models.errors import ModelError, UsageError
from fruits.models.judge import Judge

NARROW = "avx2"  # weights of 7 bits: sums that cannot saturate without VNNI either
STRICTER = (0.5, 0.25)  # of what plain quantization lost, in the attempts after it
VALIDATED = 100  # photos of each look that the accuracy-aware form takes


@dataclasses.dataclass
class QuantizeRequest:
    name: str
    store: pathlib.Path
    calibration: list[str]  # as `fruits run` takes inputs
    evaluation: list[str] = dataclasses.field(default_factory=list)  # empty: the calibration's
    target: str = ""  # the new bundle's name; empty: NAME-int8
    images: int = 300
    evaluation_images: int = 1000
    globs: list[str] = dataclasses.field(default_factory=list)  # as `fruits run` takes --glob
    label: str = "parent"  # and --label
    min_cosine: float = 0.985  # mean over the photos
    max_accuracy_drop: float = 0.005  # of nearest neighbour and linear probe; share of the photos
    allow_unknown_accuracy: bool = False  # where labels tell none, cosine alone decides
    components: int = 7
    group: str = ""
    overwrite: bool = False


def quantize(request, notify):
    """Returns the new bundle's folder. ModelError: no such model, no NNCF, or not good enough; then nothing is left."""
    target = request.target or f"{request.name}-int8"
    store.check_name(target)
    store.check_free(request.store, target, request.overwrite)
    base = _read_bundle(request)
    calibration.check_count(base, request.images)
    quantizer = _Quantizer(base, request.store / request.name)
    notify(f"reading up to {request.images} photos for calibration")
    calibrated = calibration.take(base, request)
    if calibrated.rejected:
        notify(f"calibrating on {len(calibrated.inputs)} photos: {calibrated.rejected} were rejected")
    quantizer.take(calibrated.inputs)
    with tempfile.TemporaryDirectory(prefix="fruits-quantize-") as folder:
        work = pathlib.Path(folder)
        judge = Judge(request, base, calibrated, work)
        notify(f"computing f32 features of up to {request.evaluation_images} photos that are not calibrated on")
        judge.measure_reference()
        _say_evaluation(judge.evaluation, notify)
        model, kept, lost = quantizer.plain(), 0, None
        for attempt, stricter in enumerate((*STRICTER, None)):
            candidate = work / f"{target}-{attempt}"
            _save(model, candidate, base, target, quantizer.isa)
            report = {**judge.measure(candidate), "isa": quantizer.isa, "layers_kept_in_f32": kept, "attempts": attempt + 1}
            notify(quality_report.summary(report))
            faults = quality_report.faults(report, request)
            if not faults:
                return _publish(candidate, report, base, target, request, quantizer.isa)
            if stricter is None:
                raise ModelError(f"{target} is not good enough, and was not kept: {'; '.join(faults)}")
            notify(f"not good enough ({'; '.join(faults)}): looking for layers to keep in f32")
            if lost is None:
                lost = 1 - report["agreement"]["cosine"]["mean"]
            model, kept = quantizer.aiming_at(1 - lost * stricter)
    raise AssertionError("the last attempt returns or raises")


def _say_evaluation(evaluation, notify):
    if evaluation["rejected"]:
        notify(f"{evaluation['rejected']} of the photos to judge on were rejected")
    if evaluation["calibrated_on"]:
        notify(
            f"too few other photos: {evaluation['calibrated_on']} of the {evaluation['photos']} to judge on are calibrated on too,"
            " and flatter int8; --evaluation takes others"
        )


def _read_bundle(request):
    path = request.store / request.name / "bundle.json"
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"NAME {request.name}: {path} does not exist; expected a model of the store") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {error}") from error
    if bundle.get("precision") != "f32":
        raise UsageError(f"NAME {request.name}: its weights are {bundle.get('precision')}, expected an f32 model")
    return bundle


class _Quantizer:
    """NNCF, with this model and these inputs."""

    def __init__(self, base, folder):
        try:
            import nncf
        except ImportError as error:
            raise ModelError("quantizing needs NNCF: pip install 'nncf>=3.4,<4'") from error
        import openvino

        from fruits import _core

        self._nncf = nncf
        self._model = openvino.Core().read_model(folder / base["model_file"])
        self._output = base["outputs"]["features"] or base["outputs"]["feature_map"]
        shape = self._model.inputs[0].partial_shape
        self._channels_last = shape[3].is_static and shape[3].get_length() == 3
        cpu = _core.cpu()
        self.isa = cpu["isa"] if cpu["vnni"] else NARROW

    def take(self, inputs):
        """n x 3 x height x width."""
        inputs = np.ascontiguousarray(inputs.transpose(0, 2, 3, 1)) if self._channels_last else inputs
        self._inputs = [photo[None] for photo in inputs]

    def plain(self):
        data = self._nncf.Dataset(self._inputs)
        model = self._nncf.quantize(self._model.clone(), data, **self._settings("advanced_parameters"))
        self._plain_layers = _quantized_layers(model)
        return model

    def aiming_at(self, cosine):
        """A model whose features have this mean cosine to f32's on some of the inputs, and how many layers it keeps in f32.

        Only after plain(), whose layers it is counted against.
        """
        nncf = self._nncf
        step = max(1, len(self._inputs) // VALIDATED)
        few = self._inputs[::step]
        reference = self._features_of(self._compile(self._model), few)
        pairs = nncf.Dataset(list(zip(few, reference, strict=True)), lambda pair: pair[0])

        def validate(model, pairs):
            cosines = [_cosine(self._features_of(model, [photo])[0], expected) for photo, expected in pairs]
            return float(np.mean(cosines)), cosines

        model = nncf.quantize_with_accuracy_control(
            self._model.clone(),
            nncf.Dataset(self._inputs),
            pairs,
            validate,
            max_drop=1 - cosine,
            drop_type=nncf.DropType.ABSOLUTE,
            **self._settings("advanced_quantization_parameters"),
        )
        return model, self._plain_layers - _quantized_layers(model)

    def _settings(self, name):
        nncf = self._nncf
        narrow = nncf.OverflowFix.ENABLE if self.isa == NARROW else nncf.OverflowFix.FIRST_LAYER
        return {
            "subset_size": len(self._inputs),
            "preset": nncf.QuantizationPreset.MIXED,
            name: nncf.AdvancedQuantizationParameters(overflow_fix=narrow),
        }

    def _compile(self, model):
        import openvino

        return openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def _features_of(self, compiled, inputs):
        return [np.ravel(compiled(photo)[self._output]) for photo in inputs]


def _cosine(a, b):
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


def _quantized_layers(model):
    """Layers whose activations (input 0; weights are input 1) come out of FakeQuantize."""
    quantized = 0
    for node in model.get_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution", "MatMul"):
            quantized += node.input_value(0).get_node().get_type_name() == "FakeQuantize"
    return quantized


def _save(model, folder, base, target, isa):
    import openvino

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    openvino.save_model(model, folder / "model.xml", compress_to_fp16=False)
    _describe(folder, base, target, isa)


def _describe(folder, base, target, isa, quantized_from=None):
    outputs = base["outputs"]
    bundle = Bundle(
        name=target,
        model_file="model.xml",
        input=calibration.preprocessing(base["input"]),
        feature_map=outputs["feature_map"],
        features=outputs["features"],
        logits=outputs["logits"],
        dimension=base["dimension"],
        classes=base.get("classes") or [],
        source=base.get("source", ""),
        licence=base.get("licence", ""),
        precision="int8",
        isa=isa,
        quantized_from=quantized_from,
    )
    write_bundle_json(bundle, folder)


def _publish(candidate, report, base, target, request, isa):
    quality_report.write(report, candidate)
    _describe(candidate, base, target, isa, quality_report.quantized_from(report, base))
    with store.new_bundle(request.store, target, request.overwrite) as folder:
        for file in candidate.iterdir():
            shutil.copyfile(file, folder / file.name)
    return request.store / target
