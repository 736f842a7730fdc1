"""The .pth reader: both forms, and pickles that want more than tensors."""

import pickle
import struct
import zipfile

import numpy as np
import pytest
from fruits.models.errors import ModelError
from fruits.models.torch_file import read_torch_file
from models.made_weights import PickleWriter, torch_zip, write_torch_legacy, write_torch_zip

ARRAYS = {
    "a.weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4),
    "a.count": np.array(7, np.int64),
    "b": np.array([1.5, -2.0], np.float16),
}


@pytest.mark.parametrize("write", [write_torch_zip, write_torch_legacy])
def test_both_forms(tmp_path, write):
    write(tmp_path / "x.pth", ARRAYS)
    found = read_torch_file(tmp_path / "x.pth")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_parameters_are_tensors(tmp_path):
    write_torch_zip(tmp_path / "x.pth", ARRAYS, parameter=True)
    np.testing.assert_array_equal(read_torch_file(tmp_path / "x.pth")["a.weight"], ARRAYS["a.weight"])


def test_views_of_one_storage(tmp_path):
    writer = PickleWriter()
    writer.empty_dict()
    writer.data += pickle.MARK
    writer.text("first")
    writer.tensor("0", "float32", (2,), 6)
    writer.text("second")
    writer.tensor("0", "float32", (2, 2), 6, offset=2)
    writer.data += pickle.SETITEMS
    torch_zip(tmp_path / "x.pth", writer.done(), {"0": np.arange(6, dtype=np.float32).tobytes()})
    found = read_torch_file(tmp_path / "x.pth")
    assert found["first"].tolist() == [0, 1] and found["second"].tolist() == [[2, 3], [4, 5]]


def refused(tmp_path, pickled, message, storages=None):
    torch_zip(tmp_path / "bad.pth", pickled, storages or {"0": bytes(24)})
    with pytest.raises(ModelError, match=message):
        read_torch_file(tmp_path / "bad.pth")


class Evil:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (open, (str(self.marker), "w"))


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_runs_code_is_refused(tmp_path, protocol):
    marker = tmp_path / "was-run"
    refused(tmp_path, pickle.dumps({"a": Evil(marker)}, protocol), "refused, only plain tensors|not a .pth")
    assert not marker.exists()


def test_code_in_the_older_form_is_refused(tmp_path):
    marker = tmp_path / "was-run"
    (tmp_path / "bad.pth").write_bytes(pickle.dumps(Evil(marker), 2))
    with pytest.raises(ModelError, match="refused"):
        read_torch_file(tmp_path / "bad.pth")
    assert not marker.exists()


@pytest.mark.parametrize(
    "module, name",
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("torch", "load"),
        ("collections", "Counter"),
        ("torch._utils", "__builtins__"),
    ],
)
def test_other_names_are_refused(tmp_path, module, name):
    writer = PickleWriter()
    writer.name(module, name)
    refused(tmp_path, writer.done(), f"asks for '{module}.{name}'")


def tensor_pickle(shape=(2, 3), length=6, offset=0, stride=None):
    writer = PickleWriter()
    writer.data += pickle.EMPTY_DICT
    writer.text("t")
    start = len(writer.data)
    writer.tensor("0", "float32", shape, length, offset=offset)
    if stride:
        old = b"".join(pickle.BININT + struct.pack("<i", int(np.prod(shape[i + 1 :]))) for i in range(len(shape)))
        new = b"".join(pickle.BININT + struct.pack("<i", step) for step in stride)
        at = writer.data.rindex(old, start)
        writer.data[at : at + len(old)] = new
    return writer


@pytest.mark.parametrize(
    "form",
    [
        {"offset": 1},
        {"shape": (7,)},
        {"stride": (6, 1)},
        {"shape": (-1, 3)},
        {"offset": -4},
        {"stride": (-3, 1)},
        {"shape": (0, 3)},
    ],
)
def test_a_tensor_outside_its_storage_is_refused(tmp_path, form):
    writer = tensor_pickle(**form)
    writer.data += pickle.SETITEM
    refused(tmp_path, writer.done(), "does not fit its storage|impossible form")


def test_a_storage_shorter_than_it_says(tmp_path):
    writer = tensor_pickle()
    writer.data += pickle.SETITEM
    refused(tmp_path, writer.done(), "storage '0' has 8 bytes, expected 24", {"0": bytes(8)})


def test_a_tensor_cannot_be_changed_after_its_check(tmp_path):
    writer = tensor_pickle()
    writer.data += pickle.EMPTY_DICT  # BUILD would put this into the tensor
    writer.text("shape")
    writer.numbers((1000, 1000))
    writer.data += pickle.SETITEM + pickle.BUILD + pickle.SETITEM
    refused(tmp_path, writer.done(), "changes an object: refused")


def test_a_memo_number_made_to_eat_memory(tmp_path):
    pickled = (
        pickle.PROTO + b"\x02" + pickle.EMPTY_DICT + pickle.LONG_BINPUT + struct.pack("<I", 2**31 - 1) + pickle.STOP
    )
    refused(tmp_path, pickled, "stores at place 2147483647: refused")


def test_something_else_than_tensors(tmp_path):
    refused(tmp_path, pickle.dumps({"a": 1}, 2), "something else than a dictionary of tensors")
    refused(tmp_path, pickle.dumps([1], 2), "something else than a dictionary of tensors")
    refused(tmp_path, pickle.dumps({}, 2), "holds no named tensors")


def test_compressed_entries_are_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bad.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x/data.pkl", bytes(1 << 20))
    with pytest.raises(ModelError, match="compressed"):
        read_torch_file(tmp_path / "bad.pth")


@pytest.mark.parametrize("write", [write_torch_zip, write_torch_legacy])
def test_cut_short_anywhere(tmp_path, write):
    write(tmp_path / "x.pth", ARRAYS)
    whole = (tmp_path / "x.pth").read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "cut.pth").write_bytes(whole[:length])
        with pytest.raises(ModelError, match="^cut.pth: "):
            read_torch_file(tmp_path / "cut.pth")


@pytest.mark.parametrize("write", [write_torch_zip, write_torch_legacy])
def test_damaged_bytes_never_escape_as_another_error(tmp_path, write):
    write(tmp_path / "x.pth", ARRAYS)
    whole = bytearray((tmp_path / "x.pth").read_bytes())
    random = np.random.default_rng(0)
    for _ in range(500):
        damaged = bytearray(whole)
        for position in random.integers(0, len(whole), 3):
            damaged[position] = random.integers(0, 256)
        (tmp_path / "damaged.pth").write_bytes(damaged)
        try:
            read_torch_file(tmp_path / "damaged.pth")
        except ModelError:
            pass


def test_no_such_file(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        read_torch_file(tmp_path / "none.pth")
