"""From an f32 bundle to an int8 one that is good enough, or none.

    folder = quantize(QuantizeRequest(name="resnet50", store=store, calibration=["photos"]), notify=print)

Post-training quantization by NNCF on the user's own photos. The result is measured against the f32 model on photos; where it
falls below a floor, the layers that cost most are kept in f32 (NNCF's accuracy-aware form), with ever stricter aims, before it is
refused. Beside the model lies what was measured: quality.json and quality.md.
"""

import dataclasses
import json
import pathlib
import shutil
import tempfile

from fruits.models import calibration, quality_report, store
from fruits.models.bundle import Bundle, write_bundle_json
from fruits.models.errors import ModelError, UsageError
from fruits.models.extracted import check_inputs
from fruits.models.judge import ENOUGH, Judge
from fruits.models.nncf_quantizer import Quantizer

AIMS = (0.5, 0.25, 0.125, 0.0625)  # of what plain quantization loses, in turn
MIXED = 2  # models with layers in f32 that are judged


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
    base = _check(request, target)
    quantizer = Quantizer(base, request.store / request.name)
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
        faults = []
        for attempt, (model, kept) in enumerate(candidates(quantizer, notify)):
            candidate = work / f"{target}-{attempt}"
            _save(model, candidate, base, target, quantizer.isa)
            made = {"isa": quantizer.isa, "speed_isa": quantizer.cpu_isa, "layers_kept_in_f32": kept, "attempts": attempt + 1}
            report = {**judge.measure(candidate), **made}
            notify(quality_report.summary(report))
            faults = quality_report.faults(report, request)
            if not faults:
                return _publish(candidate, report, base, target, request, quantizer.isa)
            notify(f"not good enough: {'; '.join(faults)}")
    raise ModelError(f"{target} is not good enough, and was not kept: {'; '.join(faults)}")


def _check(request, target):
    """What can be told before any work; returns the f32 model's bundle.json."""
    store.check_name(request.name)
    store.check_name(target, "--as" if request.target else "NAME")
    base = _read_bundle(request)
    _check_target(request, target)
    calibration.check_count(base, request.images)
    _check_group(request.group)
    if request.evaluation:
        check_inputs("--evaluation", request.evaluation, request)
    return base


def _check_target(request, target):
    """An int8 model may be replaced by another one; whatever else has that name is not ours to lose."""
    given = "--as" if request.target else "the new model's name"
    if target == request.name:
        raise UsageError(f"{given} {target}: that is the f32 model itself, expected another name")
    folder = request.store / target
    if not folder.exists():
        return
    bundle = _bundle_json(folder)
    if bundle is None:
        raise ModelError(f"{given} {target}: {folder} is there and no model, expected an int8 model or nothing")
    precision = bundle.get("precision")
    if precision != "int8":
        raise UsageError(f"{given} {target}: the store's model of that name is {precision}, expected an int8 one to replace, or a new name")
    store.check_free(request.store, target, request.overwrite)


def _check_group(group):
    from fruits import _core

    try:
        _core.check_group(group)
    except ValueError as error:
        raise UsageError(str(error)) from error


def candidates(quantizer, notify):
    """Yields models, and how many layers each keeps in f32: the plain one, then at most MIXED that keep ever more.

    NNCF sees cosines on calibration photos alone. So the aims are shares of what plain quantization loses on these, stricter than
    what it reached there, whatever floor it fell below; one that brings no further layer into f32 is no attempt.
    """
    yield quantizer.plain(), 0
    lost, most, judged = quantizer.plain_loss(), 0, 0
    if lost <= 0:
        notify("no layer to keep in f32: on the calibration photos int8 loses nothing")
        return
    for share in AIMS:
        aim = 1 - share * lost
        reached = f"plain int8 has {1 - lost:.5f}"
        notify(f"looking for layers to keep in f32: aiming at a cosine of {aim:.5f} on calibration photos, {reached}")
        model, kept = quantizer.aiming_at(aim)
        if kept <= most:
            notify(f"{kept} layers kept in f32: no more than before")
            continue
        yield model, kept
        most, judged = kept, judged + 1
        if judged == MIXED:
            return


def _say_evaluation(evaluation, notify):
    if evaluation["rejected"]:
        notify(f"{evaluation['rejected']} of the photos to judge on were rejected")
    if evaluation["calibrated_on"]:
        notify(
            f"too few other photos: {evaluation['calibrated_on']} of the {evaluation['photos']} to judge on are calibrated on too,"
            " and flatter int8; --evaluation takes others"
        )
    judged = evaluation["photos"] - evaluation["calibrated_on"]
    if judged < ENOUGH:
        notify(
            f"warning: judged on {judged} photos that are not calibrated on, expected at least {ENOUGH}: --precision auto will not take"
            " it, --precision int8 does; give more photos (--evaluation, --evaluation-images)"
        )


def _read_bundle(request):
    folder = request.store / request.name
    bundle = _bundle_json(folder)
    if bundle is None:
        raise ModelError(f"NAME {request.name}: {folder / 'bundle.json'} does not exist; expected a model of the store")
    if bundle.get("precision") != "f32":
        raise UsageError(f"NAME {request.name}: its weights are {bundle.get('precision')}, expected an f32 model")
    return bundle


def _bundle_json(folder):
    """None: there is none."""
    path = folder / "bundle.json"
    try:
        bundle = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: {error}") from error
    if not isinstance(bundle, dict):
        raise ModelError(f"{path}: expected a JSON object")
    return bundle


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
