"""ONNX and OpenVINO IR files: taken as they are, after a look at their shapes."""

import dataclasses
import shutil

from fruits.models.errors import ModelError, UsageError

OUTPUTS = ("feature_map", "features", "logits")


@dataclasses.dataclass
class BareModel:
    model_file: str
    width: int
    height: int
    outputs: dict  # feature_map, features, logits -> tensor name, "" where there is none
    dimension: int
    class_count: int
    precision: str


def copy_model(path, folder):
    """model.onnx, or model.xml and model.bin, in `folder`; returns the name of the first."""
    suffix = path.suffix.lower()
    try:
        shutil.copyfile(path, folder / f"model{suffix}")
        weights = path.with_suffix(".bin")
        if suffix == ".xml" and weights.exists():
            shutil.copyfile(weights, folder / "model.bin")
    except OSError as error:
        raise ModelError(f"{error.filename}: cannot be copied: {error.strerror}") from error
    return f"model{suffix}"


def inspect(folder, model_file, file_name, input_size, chosen):
    """Reads the copy (so that what is missing there is seen now) and settles input and outputs.

    `chosen` maps feature_map, features, logits to a tensor name or None, as the options gave them.
    """
    import openvino

    try:
        model = openvino.Core().read_model(folder / model_file)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelError(
            f"{file_name}: OpenVINO cannot read it by itself (weights in other files?): {reason}"
        ) from error
    width, height = _input_size(model, file_name, input_size)
    outputs = _choose_outputs(model, file_name, chosen)
    shapes = {role: _tensor(model, name, role, file_name).partial_shape for role, name in outputs.items() if name}
    dimension = _dimension(shapes, outputs, file_name)
    class_count = _channels(shapes["logits"], 2, outputs["logits"], "logits", file_name) if outputs["logits"] else 0
    quantized = any(node.get_type_name() in ("FakeQuantize", "FakeConvert") for node in model.get_ops())
    return BareModel(model_file, width, height, outputs, dimension, class_count, "int8" if quantized else "f32")


def _input_size(model, file_name, input_size):
    if len(model.inputs) != 1:
        raise ModelError(f"{file_name}: has {len(model.inputs)} inputs, expected one image")
    port = model.inputs[0]
    shape = port.partial_shape
    form = f"{port.element_type.get_type_name()} {shape}"
    if shape.rank.is_dynamic or len(shape) != 4 or port.element_type.get_type_name() != "f32":
        raise ModelError(f"{file_name}: its input is {form}, expected f32 of N x 3 x height x width")
    if shape[1].is_static and shape[1].get_length() != 3:
        raise ModelError(f"{file_name}: its input is {form}, expected N x 3 x height x width")
    if input_size:
        try:
            model.reshape({0: [shape[0], 3, input_size, input_size]})
        except RuntimeError as error:
            raise UsageError(f"--input-size {input_size}: {file_name} cannot take it, its input is {form}") from error
        return input_size, input_size
    if shape[2].is_dynamic or shape[3].is_dynamic:
        raise UsageError(f"--input-size: {file_name} takes any size ({form}), say which, for example 224")
    return shape[3].get_length(), shape[2].get_length()


def _choose_outputs(model, file_name, chosen):
    names = [sorted(port.get_names())[0] if port.get_names() else "" for port in model.outputs]
    outputs = {role: chosen.get(role) or "" for role in OUTPUTS}
    if outputs["features"] or outputs["feature_map"]:
        return outputs
    by_name = {role: role for role in OUTPUTS if any(role in port.get_names() for port in model.outputs)}
    if "features" in by_name or "feature_map" in by_name:
        return {role: outputs[role] or by_name.get(role, "") for role in OUTPUTS}
    if len(names) == 1 and names[0]:
        rank = model.outputs[0].partial_shape.rank
        role = "feature_map" if rank.is_static and rank.get_length() == 4 else "features"
        return {**outputs, role: names[0]}
    raise UsageError(
        f"--features-output: {file_name} has the outputs {', '.join(name or '(unnamed)' for name in names)}; "
        "say which holds the features (N x C), or with --feature-map-output which holds the map before pooling"
    )


def _tensor(model, name, role, file_name):
    for node in model.get_ordered_ops():
        for port in node.outputs():
            if name in port.get_names():
                return port
    option = "--" + role.replace("_", "-") + "-output"
    results = ", ".join(sorted(name for port in model.outputs for name in port.get_names()))
    raise UsageError(f"{option} {name}: no such tensor in {file_name}, whose outputs are {results}")


def _dimension(shapes, outputs, file_name):
    found = {}
    for role, rank in (("features", 2), ("feature_map", 4)):
        if outputs[role]:
            found[role] = _channels(shapes[role], rank, outputs[role], role, file_name)
    if len(set(found.values())) > 1:
        raise ModelError(
            f"{file_name}: features have {found['features']} columns, the map {found['feature_map']} channels"
        )
    return next(iter(found.values()))


def _channels(shape, rank, name, role, file_name):
    wanted = {2: "N x C", 4: "N x C x height x width"}[rank]
    if shape.rank.is_dynamic or len(shape) != rank or shape[1].is_dynamic:
        raise ModelError(f"{file_name}: tensor '{name}' is {shape}, expected {wanted} with a fixed C for {role}")
    return shape[1].get_length()
