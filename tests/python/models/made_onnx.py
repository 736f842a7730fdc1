"""A small ONNX model as bare protocol buffer bytes (field numbers from onnx.proto), without the onnx package."""

import numpy as np


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def block(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name, array, external=""):
    kind = {"float32": 1, "int64": 7}[str(array.dtype)]
    dims = b"".join(number(1, n) for n in array.shape)
    if external:
        entry = block(1, "location") + block(2, external)
        return dims + number(2, kind) + block(8, name) + block(13, entry) + number(14, 1)
    return dims + number(2, kind) + block(8, name) + block(9, array.tobytes())


def value_info(name, shape):
    """A string in `shape` is a length only known at run time."""
    dims = b"".join(block(1, block(2, n) if isinstance(n, str) else number(1, n)) for n in shape)
    return block(1, name) + block(2, block(1, number(1, 1) + block(2, dims)))


def ints(name, values):
    return block(1, name) + b"".join(number(8, v) for v in values) + number(20, 7)


def node(kind, inputs, outputs, *attributes):
    return (
        b"".join(block(1, n) for n in inputs) + b"".join(block(2, n) for n in outputs) + block(4, kind)
        + b"".join(block(5, a) for a in attributes)
    )  # fmt: skip


def make_onnx(path, weight, fc, outputs, input_shape=("n", 3, 32, 32), external=""):
    """images -> conv 3x3/2 -> relu (tensor `map`) -> mean (`pooled`, N x C) -> fc (`scores`)."""
    nodes = [
        node("Conv", ["images", "w"], ["c"], ints("kernel_shape", [3, 3]), ints("strides", [2, 2])),
        node("Relu", ["c"], ["map"]),
        node("GlobalAveragePool", ["map"], ["mean"]),
        node("Flatten", ["mean"], ["pooled"]),
        node("MatMul", ["pooled", "fc"], ["scores"]),
    ]
    channels, classes = weight.shape[0], fc.shape[1]
    shapes = {"map": ("n", channels, "h", "v"), "pooled": ("n", channels), "scores": ("n", classes)}
    graph = b"".join(block(1, n) for n in nodes) + block(2, "net")
    graph += block(5, tensor("w", weight, external)) + block(5, tensor("fc", fc))
    graph += block(11, value_info("images", input_shape))
    graph += b"".join(block(12, value_info(name, shapes[name])) for name in outputs)
    path.write_bytes(number(1, 8) + block(7, graph) + block(8, block(1, "") + number(2, 13)))


def made_onnx_weights():
    random = np.random.default_rng(2)
    return random.standard_normal((5, 3, 3, 3)).astype(np.float32), random.standard_normal((5, 4)).astype(np.float32)
