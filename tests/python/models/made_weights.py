"""Random weights in the published forms, written without the libraries that publish them."""

import pickle
import struct
import zipfile

import numpy as np

from models.numpy_networks import lite_blocks

RESNET_BLOCKS = (3, 4, 6, 3)


def resnet_units():
    """(stage, block, part) -> out, in, kernel; part 0 is the shortcut, stage 0 the first convolution."""
    units = {(0, 0, 1): (64, 3, 7)}
    channels = 64
    for stage, blocks in enumerate(RESNET_BLOCKS, 1):
        width = 64 << (stage - 1)
        for block in range(blocks):
            if block == 0:
                units[stage, block, 0] = (4 * width, channels, 1)
            units[stage, block, 1] = (width, channels, 1)
            units[stage, block, 2] = (width, width, 3)
            units[stage, block, 3] = (4 * width, width, 1)
            channels = 4 * width
    return units


def batch_norm(random, channels, gain=1.0):
    return (
        (gain * random.uniform(0.5, 1.5, channels)).astype(np.float32),
        random.normal(0, 0.1, channels).astype(np.float32),
        random.normal(0, 0.1, channels).astype(np.float32),
        random.uniform(0.5, 2.0, channels).astype(np.float32),
    )


def kernel(random, out, channels, size):
    return (random.standard_normal((out, channels, size, size)) * np.sqrt(2 / (channels * size * size))).astype(
        np.float32
    )


class MadeResNet50:
    """The same numbers for every form of file."""

    def __init__(self, seed=7, classes=10, conv_bias=True):
        random = np.random.default_rng(seed)
        self.weights, self.biases, self.norms = {}, {}, {}
        for key, (out, channels, size) in resnet_units().items():
            self.weights[key] = kernel(random, out, channels, size)
            self.biases[key] = (random.normal(0, 0.1, out) * conv_bias).astype(np.float32)
            self.norms[key] = batch_norm(random, out, gain=0.3 if key[2] == 3 else 1.0)
        self.fc = (
            (random.standard_normal((classes, 2048)) * 0.05).astype(np.float32),
            random.normal(0, 1, classes).astype(np.float32),
        )

    def layer(self, epsilon):
        """For numpy_networks.resnet50."""
        return lambda *key: (
            self.weights[key].astype(np.float64),
            self.biases[key].astype(np.float64),
            [part.astype(np.float64) for part in self.norms[key]],
            epsilon,
        )

    def torch_state(self):
        """torchvision's names (its convolutions have no bias)."""
        state = {}
        for key in self.weights:
            stage, block, part = key
            prefix = f"layer{stage}.{block}." if stage else ""
            conv, norm = (
                (f"{prefix}downsample.0", f"{prefix}downsample.1")
                if part == 0
                else (f"{prefix}conv{part}", f"{prefix}bn{part}")
            )
            state[conv + ".weight"] = self.weights[key]
            for name, value in zip(("weight", "bias", "running_mean", "running_var"), self.norms[key]):
                state[f"{norm}.{name}"] = value
            state[norm + ".num_batches_tracked"] = np.array(3, np.int64)
        state["fc.weight"], state["fc.bias"] = self.fc
        return state

    def keras_layers(self, top="predictions"):
        """layer -> weight -> array, Keras's names and layouts."""
        layers = {}
        for key in self.weights:
            stage, block, part = key
            base = f"conv{stage + 1}_block{block + 1}_{part}" if stage else "conv1"
            layers[base + "_conv"] = {"kernel": self.weights[key].transpose(2, 3, 1, 0), "bias": self.biases[key]}
            layers[base + "_bn"] = dict(zip(("gamma", "beta", "moving_mean", "moving_variance"), self.norms[key]))
        if top:
            layers[top] = {"kernel": self.fc[0].T, "bias": self.fc[1]}
        return layers


def made_lite_state(variant, seed=11, classes=10):
    random = np.random.default_rng(seed)
    state = {}

    def unit(conv, norm, out, channels, size, gain=1.0):
        state[conv + ".weight"] = kernel(random, out, channels, size)
        for name, value in zip(("weight", "bias", "running_mean", "running_var"), batch_norm(random, out, gain)):
            state[f"{norm}.{name}"] = value
        state[norm + ".num_batches_tracked"] = np.array(0, np.int64)

    unit("_conv_stem", "_bn0", 32, 3, 3)
    for index, (size, _, expansion, channels, out) in enumerate(lite_blocks(variant)):
        prefix = f"_blocks.{index}."
        if expansion > 1:
            unit(prefix + "_expand_conv", prefix + "_bn0", channels * expansion, channels, 1)
        unit(prefix + "_depthwise_conv", prefix + "_bn1", channels * expansion, 1, size)
        unit(prefix + "_project_conv", prefix + "_bn2", out, channels * expansion, 1, gain=0.5)
    unit("_conv_head", "_bn1", 1280, out, 1)
    state["_fc.weight"] = (random.standard_normal((classes, 1280)) * 0.05).astype(np.float32)
    state["_fc.bias"] = random.normal(0, 1, classes).astype(np.float32)
    return state


def write_keras_h5(path, layers, root=""):
    """As model.save_weights of Keras 2 writes it; `root` is model_weights for a whole model."""
    import h5py

    with h5py.File(path, "w") as file:
        group = file.create_group(root) if root else file
        for layer, weights in layers.items():
            for name, array in weights.items():
                group[f"{layer}/{layer}/{name}:0"] = array


class PickleWriter:
    """The instructions torch.save writes for a dictionary of tensors, put together by hand."""

    STORAGES = {"float32": "FloatStorage", "int64": "LongStorage", "float16": "HalfStorage"}

    def __init__(self, legacy=False):
        self.data = bytearray(pickle.PROTO + b"\x02")
        self.legacy = legacy

    def name(self, module, name):
        self.data += pickle.GLOBAL + f"{module}\n{name}\n".encode()

    def text(self, text):
        encoded = text.encode()
        self.data += pickle.BINUNICODE + struct.pack("<I", len(encoded)) + encoded

    def number(self, value):
        self.data += pickle.BININT + struct.pack("<i", value)

    def numbers(self, values):
        self.data += pickle.MARK
        for value in values:
            self.number(value)
        self.data += pickle.TUPLE

    def empty_dict(self):
        self.name("collections", "OrderedDict")
        self.data += pickle.EMPTY_TUPLE + pickle.REDUCE

    def tensor(self, key, dtype, shape, length, offset=0, parameter=False):
        if parameter:
            self.name("torch._utils", "_rebuild_parameter")
            self.data += pickle.MARK
        strides = [int(np.prod(shape[i + 1 :])) for i in range(len(shape))]
        self.name("torch._utils", "_rebuild_tensor_v2")
        self.data += pickle.MARK + pickle.MARK
        self.text("storage")
        self.name("torch", self.STORAGES[str(dtype)])
        self.text(key)
        self.text("cpu")
        self.number(length)
        self.data += (pickle.NONE if self.legacy else b"") + pickle.TUPLE + pickle.BINPERSID
        self.number(offset)
        self.numbers(shape)
        self.numbers(strides)
        self.data += pickle.NEWFALSE
        self.empty_dict()
        self.data += pickle.TUPLE + pickle.REDUCE
        if parameter:
            self.data += pickle.NEWTRUE
            self.empty_dict()
            self.data += pickle.TUPLE + pickle.REDUCE

    def state(self, arrays, parameter=False):
        self.empty_dict()
        self.data += pickle.MARK
        for index, (name, array) in enumerate(arrays.items()):
            self.text(name)
            self.tensor(str(index), array.dtype, array.shape, array.size, parameter=parameter)
        self.data += pickle.SETITEMS
        self.data += pickle.EMPTY_DICT
        self.text("_metadata")
        self.empty_dict()
        self.data += pickle.SETITEM + pickle.BUILD

    def done(self):
        return bytes(self.data + pickle.STOP)


def torch_zip(path, pickled, storages):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("weights/data.pkl", pickled)
        archive.writestr("weights/byteorder", "little")
        for key, data in storages.items():
            archive.writestr(f"weights/data/{key}", data)
        archive.writestr("weights/version", "3\n")


def write_torch_zip(path, arrays, parameter=False):
    writer = PickleWriter()
    writer.state(arrays, parameter)
    torch_zip(path, writer.done(), {str(i): a.tobytes() for i, a in enumerate(arrays.values())})


def write_torch_legacy(path, arrays):
    writer = PickleWriter(legacy=True)
    writer.state(arrays)
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    with open(path, "wb") as file:
        for value in (0x1950A86A20F9469CFC6C, 1001, machine):
            file.write(pickle.dumps(value, 2))
        file.write(writer.done())
        file.write(pickle.dumps([str(i) for i in range(len(arrays))], 2))
        for array in arrays.values():
            file.write(struct.pack("<q", array.size) + array.tobytes())
