"""EfficientNet-Lite 0 to 2 (Tan and Le 2019; the Lite form of TensorFlow's TPU models).

Against EfficientNet: no squeeze-and-excite, ReLU6 for swish, stem and head of fixed width and depth.
"""

import math

from fruits.models.graph import SAME, Graph, fold

DIMENSION = 1280
EPSILON = 1e-3
STEM = 32
# kernel, stride, expansion, output channels, repeats
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
# width and depth coefficient, input size
VARIANTS = {
    "efficientnet-lite0": (1.0, 1.0, 224),
    "efficientnet-lite1": (1.0, 1.1, 240),
    "efficientnet-lite2": (1.1, 1.2, 260),
}


def _round_channels(channels, width):
    """To a multiple of 8, never down by more than a tenth."""
    scaled = channels * width
    rounded = max(8, int(scaled + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * scaled else rounded


def blocks(variant):
    """(kernel, stride, expansion, in, out) of each block."""
    width, depth, _ = VARIANTS[variant]
    channels = STEM
    rows = []
    for index, (kernel, stride, expansion, out, repeats) in enumerate(STAGES):
        if 0 < index < len(STAGES) - 1:
            repeats = math.ceil(depth * repeats)
        out = _round_channels(out, width)
        for repeat in range(repeats):
            rows.append((kernel, stride if repeat == 0 else 1, expansion, channels, out))
            channels = out
    return rows


def from_torch(tensors, variant):
    """The state dict of the package efficientnet-lite-pytorch; folded, by name of the convolution."""
    tensors.drop("num_batches_tracked")

    def folded_conv(conv, norm, *shape):
        weight = tensors.take(conv + ".weight", *shape)
        parts = [tensors.take(f"{norm}.{part}", shape[0]) for part in ("weight", "bias", "running_mean", "running_var")]
        folded[conv] = fold(weight, None, *parts, EPSILON)

    folded = {}
    folded_conv("_conv_stem", "_bn0", STEM, 3, 3, 3)
    for index, (kernel, _, expansion, channels, out) in enumerate(blocks(variant)):
        prefix = f"_blocks.{index}."
        wide = channels * expansion
        if expansion != 1:
            folded_conv(prefix + "_expand_conv", prefix + "_bn0", wide, channels, 1, 1)
        folded_conv(prefix + "_depthwise_conv", prefix + "_bn1", wide, 1, kernel, kernel)
        folded_conv(prefix + "_project_conv", prefix + "_bn2", out, wide, 1, 1)
    folded_conv("_conv_head", "_bn1", DIMENSION, out, 1, 1)
    if "_fc.weight" in tensors:
        weight = tensors.take_matrix("_fc.weight", DIMENSION)
        folded["fc"] = (weight, tensors.take("_fc.bias", weight.shape[0]))
    tensors.finish()
    return folded


def build(folded, name, input_size, variant):
    graph = Graph(name, input_size)
    x = graph.relu6(graph.conv(graph.input, *folded["_conv_stem"], stride=2, padding=SAME))
    for index, (_, stride, expansion, channels, out) in enumerate(blocks(variant)):
        prefix = f"_blocks.{index}."
        y = x
        if expansion != 1:
            y = graph.relu6(graph.conv(y, *folded[prefix + "_expand_conv"], stride=1, padding=0))
        y = graph.relu6(graph.depthwise_conv(y, *folded[prefix + "_depthwise_conv"], stride=stride))
        y = graph.conv(y, *folded[prefix + "_project_conv"], stride=1, padding=0)
        x = graph.add(y, x) if stride == 1 and channels == out else y
    x = graph.relu6(graph.conv(x, *folded["_conv_head"], stride=1, padding=0))
    return graph.finish(x, *folded.get("fc", (None, None)))
