"""Reads the tensors of a .pth file (a state dict saved by torch.save) without torch and without running its pickle.

    arrays = read_torch_file(path)      # name -> numpy array

Both of torch's forms are read: the zip (since 1.6) and the bare pickles before it. The pickle is checked
instruction by instruction first; then only tensors, parameters and dictionaries of them are allowed in it.
Memory: the file's size, and once more the tensors'.
"""

import collections
import io
import pickle
import pickletools
import zipfile

import numpy as np

from fruits.models.errors import ModelError

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
STORAGES = {
    "DoubleStorage": np.dtype("<f8"),
    "FloatStorage": np.dtype("<f4"),
    "HalfStorage": np.dtype("<f2"),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}
# What torch.save writes for dictionaries of tensors; no opcode that makes objects in another way.
OPCODES = set(
    "PROTO FRAME STOP MARK POP POP_MARK NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG1 BINFLOAT "
    "BINUNICODE SHORT_BINUNICODE BINUNICODE8 SHORT_BINSTRING BINSTRING "
    "EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS EMPTY_DICT SETITEM SETITEMS "
    "BINPUT LONG_BINPUT MEMOIZE BINGET LONG_BINGET GLOBAL STACK_GLOBAL REDUCE BUILD BINPERSID".split()
)


def read_torch_file(path):
    """name -> array. ModelError says what is wrong with the file, or which name in it is refused."""
    name = path.name
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        value = _read_zip(data) if data[:4] == b"PK\x03\x04" else _read_legacy(data)
        return _state_dict(value)
    except ModelError as error:
        raise ModelError(f"{name}: {error}") from error
    except Exception as error:  # a damaged pickle or zip can raise nearly anything
        raise ModelError(f"{name}: not a .pth file of tensors, or damaged ({error})") from error


def _state_dict(value):
    """The tensors alone: some files hold them one level down, or named by DataParallel."""
    if isinstance(value, dict) and isinstance(value.get("state_dict"), dict):
        value = value["state_dict"]
    if not isinstance(value, dict) or not all(isinstance(v, _Tensor) for v in value.values()):
        raise ModelError("holds something else than a dictionary of tensors (a state dict)")
    if not value or not all(isinstance(k, str) for k in value):
        raise ModelError("holds no named tensors")
    return {key.removeprefix("module."): tensor.array() for key, tensor in value.items()}


class _Sealed:
    """What a pickle may hold but not change: its BUILD instruction ends here."""

    def __setstate__(self, state):
        raise ModelError("its pickle changes an object: refused, only plain tensors are read")


class _StorageType(_Sealed):
    def __init__(self, dtype):
        self.dtype = dtype


class _Storage(_Sealed):
    """Numbers that tensors are views of; the array comes after the pickle was read."""

    def __init__(self, dtype, length):
        self.dtype = dtype
        self.length = length
        self.array = None


class _Tensor(_Sealed):
    """A view of a storage, checked to lie inside it."""

    def __init__(self, storage, offset, shape, stride):
        if not isinstance(storage, _Storage):
            raise ModelError("its pickle holds a tensor without a storage")
        numbers = (offset, *shape, *stride)
        if len(shape) != len(stride) or any(type(n) is not int or n < 0 for n in numbers):
            raise ModelError(f"a tensor of impossible form: shape {shape}, stride {stride}")
        end = offset + sum((n - 1) * step for n, step in zip(shape, stride)) + 1
        if 0 in shape or end > storage.length:
            raise ModelError(f"a tensor of shape {shape} at {offset} does not fit its storage of {storage.length}")
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride

    def array(self):
        values = self.storage.array[self.offset :]
        stride = [step * values.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(values, self.shape, stride, writeable=False)


class _Dict(collections.OrderedDict):
    def __setstate__(self, state):
        """torch hangs its version numbers on the dictionary; nothing here needs them."""


class _RebuildTensor(_Sealed):
    def __call__(self, storage, offset, size, stride, *_):
        return _Tensor(storage, offset, tuple(size), tuple(stride))


class _RebuildParameter(_Sealed):
    def __call__(self, data, *_):
        return data


ALLOWED = {
    ("torch._utils", "_rebuild_tensor_v2"): _RebuildTensor(),
    ("torch._utils", "_rebuild_parameter"): _RebuildParameter(),
    ("collections", "OrderedDict"): _Dict,
}


class _Unpickler(pickle.Unpickler):
    def __init__(self, data):
        super().__init__(io.BytesIO(data), encoding="utf-8")
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) in ALLOWED:
            return ALLOWED[module, name]
        if module == "torch" and name in STORAGES:
            return _StorageType(STORAGES[name])
        raise ModelError(f"its pickle asks for '{module}.{name}': refused, only plain tensors are read")

    def persistent_load(self, identity):
        known = isinstance(identity, tuple) and len(identity) >= 5 and identity[5:] in ((), (None,))
        if not known or identity[0] != "storage":
            raise ModelError("its pickle names something else than a storage")
        _, kind, key, _, length = identity[:5]
        if not isinstance(kind, _StorageType) or not isinstance(key, str) or type(length) is not int or length < 0:
            raise ModelError("its pickle names a storage in an unknown way")
        storage = self.storages.setdefault(key, _Storage(kind.dtype, length))
        if (storage.dtype, storage.length) != (kind.dtype, length):
            raise ModelError(f"storage '{key}' is named with two types or lengths")
        return storage


def _check_pickle(stream):
    """Refuses instructions that torch.save does not use, and memo numbers made to eat memory."""
    for count, (opcode, argument, _) in enumerate(pickletools.genops(stream), 1):
        if opcode.name not in OPCODES:
            raise ModelError(f"its pickle holds the instruction {opcode.name}: refused, only plain tensors are read")
        if "PUT" in opcode.name and argument > count:
            raise ModelError(f"its pickle stores at place {argument}: refused")


def _load_pickle(stream):
    """The next pickle of a stream: its value and the storages it names."""
    start = stream.tell()
    _check_pickle(stream)
    end = stream.tell()
    stream.seek(start)
    unpickler = _Unpickler(stream.read(end - start))
    return unpickler.load(), unpickler.storages


def _fill(storage, key, data):
    wanted = storage.length * storage.dtype.itemsize
    if len(data) != wanted:
        raise ModelError(f"storage '{key}' has {len(data)} bytes, expected {wanted}")
    storage.array = np.frombuffer(data, storage.dtype)


def _read_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        if len(names) != 1:
            raise ModelError(f"holds {len(names)} files named data.pkl, expected one (torch.save's zip)")
        folder = names[0].removesuffix("data.pkl")
        # torch.save stores without compressing, so nothing in it can be larger than the file.
        if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
            raise ModelError("holds compressed entries, torch.save writes none")
        if folder + "byteorder" in archive.namelist() and archive.read(folder + "byteorder") != b"little":
            raise ModelError("was saved on a big-endian machine, expected little-endian")
        value, storages = _load_pickle(io.BytesIO(archive.read(names[0])))
        for key, storage in storages.items():
            _fill(storage, key, archive.read(f"{folder}data/{key}"))
    return value


def _read_legacy(data):
    stream = io.BytesIO(data)
    if _load_pickle(stream)[0] != LEGACY_MAGIC or _load_pickle(stream)[0] != LEGACY_PROTOCOL:
        raise ModelError("not a .pth file that torch.save writes")
    machine = _load_pickle(stream)[0]
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise ModelError("was saved on a big-endian machine, expected little-endian")
    value, storages = _load_pickle(stream)
    keys = _load_pickle(stream)[0]
    if not isinstance(keys, list) or sorted(keys) != sorted(storages):
        raise ModelError("its list of storages does not match its tensors")
    for key in keys:
        storage = storages[key]
        length = int.from_bytes(stream.read(8), "little")
        if length != storage.length:
            raise ModelError(f"storage '{key}' has {length} values, expected {storage.length}")
        _fill(storage, key, stream.read(length * storage.dtype.itemsize))
    return value
