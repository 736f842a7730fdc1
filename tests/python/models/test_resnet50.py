"""ResNet50 from each form of file, against a network written apart from it, and against Keras's own features."""

import numpy as np
import pytest
from models.made_weights import MadeResNet50, write_keras_h5, write_torch_legacy, write_torch_zip
from models.numpy_networks import resnet50
from models.running import infer, largest_error, photo_to_input, read_bundle, run_cli

SIZE = 64
KERAS_EPSILON, TORCH_EPSILON = 1.001e-5, 1e-5
TOLERANCE = 5e-6


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).standard_normal((2, 3, SIZE, SIZE)).astype(np.float32)


@pytest.fixture(scope="module")
def keras_like():
    return MadeResNet50(conv_bias=True)


@pytest.fixture(scope="module")
def torch_like():
    return MadeResNet50(conv_bias=False)


def check(folder, wanted, images, names=("feature_map", "features", "logits")):
    found = infer(folder, images)
    assert set(found) == set(names)
    for name in names:
        assert largest_error(found[name], wanted[name]) < TOLERANCE, name


def test_keras_h5_is_v1_with_bgr(tmp_path, store, capsys, keras_like, images):
    write_keras_h5(tmp_path / "weights.h5", keras_like.keras_layers())
    code, out, err = run_cli(
        capsys, "models", "import", "r", tmp_path / "weights.h5", "--models", store, "--input-size", SIZE
    )
    assert (code, out) == (0, f"{store / 'r'}\n")
    assert "resnet50-v1 " in err
    wanted = resnet50(keras_like.layer(KERAS_EPSILON), keras_like.fc, images.astype(np.float64), stride_in_3x3=False)
    check(store / "r", wanted, images)
    bundle = read_bundle(store / "r")
    assert bundle["input"] == {
        "width": SIZE,
        "height": SIZE,
        "color_order": "bgr",
        "mean": [103.939, 116.779, 123.68],
        "scale": [1, 1, 1],
        "resize_filter": "bicubic",
    }
    assert bundle["dimension"] == 2048


def test_keras_h5_without_top_has_no_logits(tmp_path, store, capsys, keras_like, images):
    write_keras_h5(tmp_path / "notop.h5", keras_like.keras_layers(top=None))
    code, _, err = run_cli(
        capsys, "models", "import", "r", tmp_path / "notop.h5", "--models", store, "--input-size", SIZE
    )
    assert code == 0 and "no classifier" in err
    wanted = resnet50(keras_like.layer(KERAS_EPSILON), keras_like.fc, images.astype(np.float64), stride_in_3x3=False)
    check(store / "r", wanted, images, names=("feature_map", "features"))
    assert read_bundle(store / "r")["outputs"] == {"feature_map": "feature_map", "features": "features", "logits": ""}


@pytest.mark.parametrize("top", ["probs", "fc1000"])
def test_keras_h5_with_other_names_of_the_top(tmp_path, store, capsys, keras_like, top):
    write_keras_h5(tmp_path / "weights.h5", keras_like.keras_layers(top=top), root="model_weights")
    code, _, _ = run_cli(capsys, "models", "import", "r", tmp_path / "weights.h5", "--models", store)
    assert code == 0
    assert read_bundle(store / "r")["outputs"]["logits"] == "logits"


@pytest.mark.parametrize("write", [write_torch_zip, write_torch_legacy])
def test_torchvision_pth_is_v1_5_with_rgb(tmp_path, store, capsys, torch_like, images, write):
    write(tmp_path / "resnet50.pth", torch_like.torch_state())
    code, _, err = run_cli(
        capsys, "models", "import", "r", tmp_path / "resnet50.pth", "--models", store, "--input-size", SIZE
    )
    assert code == 0 and "resnet50-v1.5 " in err
    wanted = resnet50(torch_like.layer(TORCH_EPSILON), torch_like.fc, images.astype(np.float64), stride_in_3x3=True)
    check(store / "r", wanted, images)
    assert read_bundle(store / "r")["input"] == {
        "width": SIZE,
        "height": SIZE,
        "color_order": "rgb",
        "mean": [123.675, 116.28, 103.53],
        "scale": [58.395, 57.12, 57.375],
        "resize_filter": "bilinear",
    }


def test_arch_says_where_the_stride_is(tmp_path, store, capsys, torch_like, images):
    write_torch_zip(tmp_path / "resnet50.pth", torch_like.torch_state())
    code, _, _ = run_cli(
        capsys,
        "models",
        "import",
        "r",
        tmp_path / "resnet50.pth",
        "--models",
        store,
        "--input-size",
        SIZE,
        "--arch",
        "resnet50-v1",
    )
    assert code == 0
    layer, pixels = torch_like.layer(TORCH_EPSILON), images.astype(np.float64)
    check(store / "r", resnet50(layer, torch_like.fc, pixels, stride_in_3x3=False), images)
    other = resnet50(layer, torch_like.fc, pixels, stride_in_3x3=True)
    assert largest_error(infer(store / "r", images)["features"], other["features"]) > 0.01


def test_the_saved_model_takes_other_sizes_and_batches(tmp_path, store, capsys, torch_like):
    import openvino

    write_torch_zip(tmp_path / "resnet50.pth", torch_like.torch_state())
    assert run_cli(capsys, "models", "import", "r", tmp_path / "resnet50.pth", "--models", store)[0] == 0
    core = openvino.Core()
    model = core.read_model(store / "r" / "model.xml")
    assert str(model.inputs[0].partial_shape) == "[?,3,224,224]"
    model.reshape([3, 3, 96, 70])
    result = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    x = np.random.default_rng(5).standard_normal((3, 3, 96, 70)).astype(np.float32)
    wanted = resnet50(torch_like.layer(TORCH_EPSILON), torch_like.fc, x.astype(np.float64), stride_in_3x3=True)
    assert largest_error(result(x)["features"], wanted["features"]) < TOLERANCE


def golden(data_dir, file):
    parquet = pytest.importorskip("pyarrow.parquet")
    table = parquet.read_table(data_dir / "golden" / file).to_pydict()
    photos = [data_dir / "golden/photos" / "/".join(path.split("/")[-2:]) for path in table["path"]]
    assert len(photos) == 30
    return photos, table


def test_folded_npz_gives_keras_features(data_dir, resnet50_store):
    photos, table = golden(data_dir, "golden.parquet")
    folder = resnet50_store / "resnet50"
    preprocessing = read_bundle(folder)["input"]
    found = infer(folder, np.stack([photo_to_input(photo.read_bytes(), preprocessing) for photo in photos]))
    assert largest_error(found["features"], np.array(table["features"])) < TOLERANCE


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda s: s.pop("layer2.1.conv3.weight"), "tensor 'layer2.1.conv3.weight' is missing, resnet50-v1.5 needs it"),
        (
            lambda s: s.update({"layer3.6.conv1.weight": s["fc.bias"]}),
            "tensor 'layer3.6.conv1.weight' (one of 1) is no part of",
        ),
        (
            lambda s: s.update({"conv1.weight": s["fc.weight"]}),
            "tensor 'conv1.weight' is 10x2048, resnet50-v1.5 expects 64x3x7x7",
        ),
        (lambda s: s.update({"fc.bias": np.full(10, np.nan, np.float32)}), "tensor 'fc.bias' holds NaN"),
        (
            lambda s: s.update({"bn1.bias": np.zeros(64, np.int64)}),
            "tensor 'bn1.bias' is int64, expected floating point",
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(tmp_path, store, capsys, torch_like, change, message):
    state = torch_like.torch_state()
    change(state)
    write_torch_zip(tmp_path / "odd.pth", state)
    code, out, err = run_cli(capsys, "models", "import", "r", tmp_path / "odd.pth", "--models", store)
    assert (code, out) == (1, "")
    assert f"error: odd.pth: {message}" in err
    assert not (store / "r").exists()


def test_another_network_is_not_taken_for_this_one(tmp_path, store, capsys):
    write_torch_zip(tmp_path / "vgg.pth", {"features.0.weight": np.zeros((64, 3, 3, 3), np.float32)})
    code, _, err = run_cli(capsys, "models", "import", "r", tmp_path / "vgg.pth", "--models", store)
    assert code == 1
    assert "features.0.weight" in err and "of no known network" in err and "resnet50-v1.5" in err


def test_names_of_data_parallel_and_of_checkpoints(tmp_path, store, capsys, torch_like):
    state = {"module." + name: array for name, array in torch_like.torch_state().items()}
    write_torch_zip(tmp_path / "parallel.pth", state, parameter=True)
    assert run_cli(capsys, "models", "import", "r", tmp_path / "parallel.pth", "--models", store)[0] == 0
