"""The .h5 reader: both forms of Keras's files, and files that reach outside themselves."""

import sys

import numpy as np
import pytest
from fruits.models.errors import ModelError
from fruits.models.keras_file import read_keras_file
from models.made_weights import write_keras_h5

h5py = pytest.importorskip("h5py", reason="reading .h5 needs h5py")

LAYERS = {
    "conv1_conv": {"kernel": np.ones((7, 7, 3, 4), np.float32), "bias": np.arange(4, dtype=np.float32)},
    "conv1_bn": {"gamma": np.ones(4, np.float32), "beta": np.zeros(4, np.float32),
                 "moving_mean": np.zeros(4, np.float32), "moving_variance": np.full(4, 2, np.float32)},
}  # fmt: skip
NAMES = {f"{layer}.{name}" for layer, weights in LAYERS.items() for name in weights}


@pytest.mark.parametrize("root", ["", "model_weights"])
def test_keras_2(tmp_path, root):
    write_keras_h5(tmp_path / "w.h5", LAYERS, root)
    found = read_keras_file(tmp_path / "w.h5")
    assert set(found) == NAMES
    np.testing.assert_array_equal(found["conv1_conv.bias"], [0, 1, 2, 3])


def test_keras_3_weights_without_names(tmp_path):
    with h5py.File(tmp_path / "w.weights.h5", "w") as file:
        file["layers/conv2d/vars/0"] = np.ones(3)
    with pytest.raises(
        ModelError, match="w.weights.h5: is Keras 3's .weights.h5, expected a model saved with model.save"
    ):
        read_keras_file(tmp_path / "w.weights.h5")


def test_a_link_out_of_the_file_is_not_followed(tmp_path):
    write_keras_h5(tmp_path / "other.h5", LAYERS)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file["conv1_conv"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "conv1_conv")
    with pytest.raises(ModelError, match="w.h5: holds no weights"):
        read_keras_file(tmp_path / "w.h5")


def test_numbers_in_another_file_are_refused(tmp_path):
    (tmp_path / "secret").write_bytes(bytes(16))
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("a/a/kernel:0", (4,), "f4", external=[(str(tmp_path / "secret"), 0, 16)])
    with pytest.raises(ModelError, match="in another file"):
        read_keras_file(tmp_path / "w.h5")


def test_a_small_file_that_claims_to_be_huge(tmp_path):
    with h5py.File(tmp_path / "w.h5", "w") as file:
        file.create_dataset("a/a/kernel:0", (1 << 40,), "f4", chunks=(1 << 20,))
    with pytest.raises(ModelError, match="more than 2 GiB"):
        read_keras_file(tmp_path / "w.h5")


def test_not_hdf5(tmp_path):
    (tmp_path / "w.h5").write_bytes(b"no" * 1000)
    with pytest.raises(ModelError, match="w.h5: not an HDF5 file"):
        read_keras_file(tmp_path / "w.h5")


def test_without_h5py_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ModelError, match="pip install h5py"):
        read_keras_file(tmp_path / "w.h5")
