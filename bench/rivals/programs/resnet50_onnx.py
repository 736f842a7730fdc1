"""Writes resnet50.onnx from the folded weights in resnet50.npz.

    python resnet50_onnx.py FOLDER

Input: N x 3 x 224 x 224, channels BGR less their means. Output: features, N x 2048.
"""

import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BLOCKS = (3, 4, 6, 3)


class Graph:
    def __init__(self, weights) -> None:
        self.weights, self.nodes, self.tensors = weights, [], []

    def node(self, kind: str, inputs: list[str], **attributes) -> str:
        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x: str, name: str, stride: int, padding: int) -> str:
        for kind in ("weight", "bias"):
            self.tensors.append(numpy_helper.from_array(self.weights[f"{name}.{kind}"], f"{name}.{kind}"))
        side = self.weights[f"{name}.weight"].shape[2]
        return self.node("Conv", [x, f"{name}.weight", f"{name}.bias"], kernel_shape=[side] * 2, strides=[stride] * 2, pads=[padding] * 4)

    def block(self, x: str, prefix: str, stride: int) -> str:
        y = self.node("Relu", [self.conv(x, prefix + "conv1", stride, 0)])
        y = self.node("Relu", [self.conv(y, prefix + "conv2", 1, 1)])
        y = self.conv(y, prefix + "conv3", 1, 0)
        if f"{prefix}downsample.0.weight" in self.weights:
            x = self.conv(x, prefix + "downsample.0", stride, 0)
        return self.node("Relu", [self.node("Add", [y, x])])

    def model(self) -> onnx.ModelProto:
        x = self.node("Relu", [self.conv("images", "conv1", 2, 3)])
        x = self.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
        for stage, count in enumerate(BLOCKS, 1):
            for index in range(count):
                x = self.block(x, f"layer{stage}.{index}.", 2 if index == 0 and stage > 1 else 1)
        x = self.node("GlobalAveragePool", [x])
        self.nodes.append(helper.make_node("Flatten", [x], ["features"], name="features"))
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, 224, 224])
        features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["n", 2048])
        graph = helper.make_graph(self.nodes, "resnet50", [images], [features], self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    with np.load(folder / "resnet50.npz") as weights:
        onnx.save(Graph({name: weights[name] for name in weights.files}).model(), folder / "resnet50.onnx")


if __name__ == "__main__":
    main()
