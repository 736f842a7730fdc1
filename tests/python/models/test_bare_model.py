"""ONNX and IR files: copied as they are, outputs chosen by option or by being the only ones."""

import numpy as np
import pytest
from models.made_onnx import made_onnx_weights, make_onnx
from models.numpy_networks import conv, relu
from models.running import compiled, infer, largest_error, read_bundle, run_cli

WEIGHT, FC = made_onnx_weights()


def do_import(capsys, store, path, *options):
    return run_cli(capsys, "models", "import", "net", path, "--models", store, *options)


def onnx(tmp_path, *outputs, **more):
    make_onnx(tmp_path / "net.onnx", WEIGHT, FC, outputs, **more)
    return tmp_path / "net.onnx"


def test_onnx_is_copied_and_described(tmp_path, store, capsys):
    path = onnx(tmp_path, "pooled", "scores")
    (tmp_path / "names.txt").write_text("ant\nbee\ncat\ndog\n")
    code, out, _ = do_import(
        capsys, store, path, "--features-output", "pooled", "--feature-map-output", "map", "--logits-output", "scores",
        "--color-order", "bgr", "--mean", "1,2,3.5", "--scale", "255,255,255", "--resize-filter", "bilinear",
        "--classes", tmp_path / "names.txt", "--source", "made", "--licence", "MIT",
    )  # fmt: skip
    assert (code, out) == (0, f"{store / 'net'}\n")
    assert (store / "net/model.onnx").read_bytes() == path.read_bytes()
    bundle = read_bundle(store / "net")
    assert bundle["model_file"] == "model.onnx"
    assert bundle["input"] == {
        "width": 32,
        "height": 32,
        "color_order": "bgr",
        "mean": [1, 2, 3.5],
        "scale": [255] * 3,
        "resize_filter": "bilinear",
    }
    assert bundle["outputs"] == {"feature_map": "map", "features": "pooled", "logits": "scores"}
    assert bundle["dimension"] == 5 and bundle["classes"] == ["ant", "bee", "cat", "dog"]
    assert bundle["licence"] == "MIT" and bundle["source"].startswith("made, sha256 ")
    x = np.random.default_rng(4).standard_normal((3, 3, 32, 32)).astype(np.float32)
    wanted = relu(conv(x, WEIGHT, 2, (0, 0, 0, 0))).mean(axis=(2, 3))
    assert largest_error(infer(store / "net", x)["pooled"], wanted) < 5e-6


def test_the_only_output_is_taken(tmp_path, store, capsys):
    assert do_import(capsys, store, onnx(tmp_path, "pooled"))[0] == 0
    assert read_bundle(store / "net")["outputs"] == {"feature_map": "", "features": "pooled", "logits": ""}
    assert do_import(capsys, store, onnx(tmp_path, "map"), "--overwrite")[0] == 0
    assert read_bundle(store / "net")["outputs"] == {"feature_map": "map", "features": "", "logits": ""}


def test_several_outputs_must_be_chosen_from(tmp_path, store, capsys):
    code, out, err = do_import(capsys, store, onnx(tmp_path, "pooled", "scores"))
    assert (code, out) == (2, "")
    assert "--features-output: net.onnx has the outputs pooled, scores" in err
    assert not (store / "net").exists()


def test_our_own_ir_comes_back_with_the_same_bits(tmp_path, store, capsys, model_store):
    source = model_store / "efficientnet-lite0"
    code, _, _ = do_import(capsys, store, source / "model.xml", "--mean", "127,127,127", "--scale", "128,128,128")
    assert code == 0
    found, wanted = read_bundle(store / "net"), read_bundle(source)
    for field in ("outputs", "dimension", "input", "sha256", "precision"):
        assert found[field] == wanted[field], field
    x = np.random.default_rng(4).standard_normal((2, 3, 224, 224)).astype(np.float32)
    assert infer(store / "net", x)["features"].tobytes() == infer(source, x)["features"].tobytes()


def test_an_int8_model_is_seen_as_such(tmp_path, store, capsys):
    import openvino
    from openvino import opset13 as op

    x = op.parameter([1, 3, 8, 8], np.float32)
    low, high = (op.constant(np.float32(v)) for v in (-1, 1))
    y = op.relu(op.fake_quantize(x, low, high, low, high, 256))
    y.output(0).get_tensor().set_names({"map"})
    openvino.save_model(openvino.Model([y], [x]), tmp_path / "q.xml", compress_to_fp16=False)
    assert do_import(capsys, store, tmp_path / "q.xml")[0] == 0
    assert read_bundle(store / "net")["precision"] == "int8"


@pytest.mark.parametrize(
    "options, code, message",
    [
        (["--features-output", "nothing"], 2, "--features-output nothing: no such tensor in net.onnx"),
        (["--features-output", "map"], 1, "tensor 'map' is"),
        (["--feature-map-output", "pooled"], 1, "expected N x C x height x width"),
        (
            ["--features-output", "scores", "--feature-map-output", "map"],
            1,
            "features have 4 columns, the map 5 channels",
        ),
        (
            ["--features-output", "pooled", "--arch", "resnet50-v1"],
            2,
            "--arch resnet50-v1: net.onnx holds its own network",
        ),
        (["--features-output", "pooled", "--classes", "/none"], 2, "no classifier to name"),
        (
            ["--features-output", "pooled", "--logits-output", "scores", "--classes", "/none"],
            2,
            "--classes /none: cannot be read",
        ),
    ],
)
def test_options_that_do_not_fit(tmp_path, store, capsys, options, code, message):
    found, out, err = do_import(capsys, store, onnx(tmp_path, "pooled", "scores"), *options)
    assert (found, out) == (code, ""), err
    assert message in err and err.count("\n") == 1
    assert not (store / "net").exists()


def test_a_free_input_size_must_be_said(tmp_path, store, capsys):
    path = onnx(tmp_path, "pooled", input_shape=("n", 3, "h", "v"))
    code, _, err = do_import(capsys, store, path)
    assert code == 2 and "--input-size: net.onnx takes any size" in err
    assert do_import(capsys, store, path, "--input-size", "48")[0] == 0
    assert read_bundle(store / "net")["input"]["width"] == 48


@pytest.mark.parametrize("shape", [("n", 32, 32, 3), ("n", 3, 32), ("n", 1, 32, 32)])
def test_an_input_that_is_no_image(tmp_path, store, capsys, shape):
    code, _, err = do_import(capsys, store, onnx(tmp_path, "pooled", input_shape=shape))
    assert code == 1 and err.startswith("fruits: error: net.onnx: ")


def test_weights_in_another_file_are_noticed(tmp_path, store, capsys):
    (tmp_path / "w.bin").write_bytes(WEIGHT.tobytes())
    code, _, err = do_import(capsys, store, onnx(tmp_path, "pooled", external="w.bin"))
    assert code == 1 and "net.onnx: OpenVINO cannot read it by itself" in err
    assert not (store / "net").exists()


def test_ir_without_its_bin(tmp_path, store, capsys, model_store):
    (tmp_path / "net.xml").write_bytes((model_store / "efficientnet-lite0/model.xml").read_bytes())
    code, _, err = do_import(capsys, store, tmp_path / "net.xml")
    assert code == 1 and "net.xml: OpenVINO cannot read it" in err


def test_garbage(tmp_path, store, capsys):
    (tmp_path / "net.onnx").write_bytes(b"garbage" * 100)
    code, _, err = do_import(capsys, store, tmp_path / "net.onnx")
    assert code == 1 and err.count("\n") == 1


def test_a_compiled_bundle_has_the_named_tensors(tmp_path, store, capsys):
    assert do_import(capsys, store, onnx(tmp_path, "pooled"))[0] == 0
    assert {next(iter(port.get_names())) for port in compiled(store / "net").outputs} == {"pooled"}
