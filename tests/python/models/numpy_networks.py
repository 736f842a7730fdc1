"""ResNet50 and EfficientNet-Lite in plain numpy, float64, from the papers: batch norms not folded, written apart
from python/fruits/models so that the two can disagree."""

import math

import numpy as np


def conv(x, weight, stride, pads, groups=1):
    """x N x C x H x W, weight O x C/groups x k x k, pads (top, bottom, left, right)."""
    x = np.pad(x, ((0, 0), (0, 0), pads[:2], pads[2:]))
    kernel = weight.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]
    if groups == 1:
        return np.einsum("nchwij,ocij->nohw", windows, weight, optimize=True)
    return np.einsum("nchwij,cij->nchw", windows, weight[:, 0], optimize=True)


def same_pads(size, kernel, stride):
    """TensorFlow's SAME for one axis: (before, after)."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def norm(x, gamma, beta, mean, variance, epsilon):
    shape = (1, -1, 1, 1)
    scale = gamma / np.sqrt(variance + epsilon)
    return (x - mean.reshape(shape)) * scale.reshape(shape) + beta.reshape(shape)


def relu(x):
    return np.maximum(x, 0)


def max_pool(x):
    x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3), axis=(2, 3))[:, :, ::2, ::2].max(axis=(4, 5))


def resnet50(layer, classifier, x, stride_in_3x3):
    """`layer(stage, block, part)`: weight, bias, (gamma, beta, mean, variance), epsilon; part 0 is the shortcut."""

    def unit(x, stage, block, part, stride, pad):
        weight, bias, batch_norm, epsilon = layer(stage, block, part)
        return norm(conv(x, weight, stride, (pad,) * 4) + bias.reshape(1, -1, 1, 1), *batch_norm, epsilon)

    x = max_pool(relu(unit(x, 0, 0, 1, 2, 3)))
    for stage, blocks in enumerate([3, 4, 6, 3], 1):
        for block in range(blocks):
            stride = 2 if stage > 1 and block == 0 else 1
            strides = (1, stride) if stride_in_3x3 else (stride, 1)
            y = relu(unit(x, stage, block, 1, strides[0], 0))
            y = relu(unit(y, stage, block, 2, strides[1], 1))
            y = unit(y, stage, block, 3, 1, 0)
            shortcut = unit(x, stage, block, 0, stride, 0) if block == 0 else x
            x = relu(y + shortcut)
    features = x.mean(axis=(2, 3))
    return {"feature_map": x, "features": features, "logits": features @ classifier[0].T + classifier[1]}


# repeats, kernel, stride, expansion, output channels of Lite0
LITE_STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]
LITE_REPEATS = {
    "efficientnet-lite0": [1, 2, 2, 3, 3, 4, 1],
    "efficientnet-lite1": [1, 3, 3, 4, 4, 5, 1],
    "efficientnet-lite2": [1, 3, 3, 4, 4, 5, 1],
}
LITE_WIDTHS = {
    "efficientnet-lite0": [16, 24, 40, 80, 112, 192, 320],
    "efficientnet-lite1": [16, 24, 40, 80, 112, 192, 320],
    "efficientnet-lite2": [16, 24, 48, 88, 120, 208, 352],
}


def lite_blocks(variant):
    """kernel, stride, expansion, input and output channels of each block."""
    channels = 32
    for (_, kernel, stride, expansion, _), repeats, out in zip(
        LITE_STAGES, LITE_REPEATS[variant], LITE_WIDTHS[variant]
    ):
        for repeat in range(repeats):
            yield kernel, stride if repeat == 0 else 1, expansion, channels, out
            channels = out


def efficientnet_lite(state, variant, x):
    """`state` as efficientnet-lite-pytorch names it."""

    def unit(x, conv_name, norm_name, stride=1, groups=1):
        weight = state[conv_name + ".weight"].astype(np.float64)
        kernel = weight.shape[2]
        pads = (*same_pads(x.shape[2], kernel, stride), *same_pads(x.shape[3], kernel, stride))
        parts = [
            state[f"{norm_name}.{p}"].astype(np.float64) for p in ("weight", "bias", "running_mean", "running_var")
        ]
        return norm(conv(x, weight, stride, pads, groups), *parts, 1e-3)

    def relu6(x):
        return np.clip(x, 0, 6)

    x = relu6(unit(x, "_conv_stem", "_bn0", 2))
    for index, (_, stride, expansion, channels, out) in enumerate(lite_blocks(variant)):
        prefix = f"_blocks.{index}."
        y = relu6(unit(x, prefix + "_expand_conv", prefix + "_bn0")) if expansion > 1 else x
        y = relu6(unit(y, prefix + "_depthwise_conv", prefix + "_bn1", stride, groups=y.shape[1]))
        y = unit(y, prefix + "_project_conv", prefix + "_bn2")
        x = x + y if stride == 1 and channels == out else y
    x = relu6(unit(x, "_conv_head", "_bn1"))
    features = x.mean(axis=(2, 3))
    logits = features @ state["_fc.weight"].T.astype(np.float64) + state["_fc.bias"]
    return {"feature_map": x, "features": features, "logits": logits}
