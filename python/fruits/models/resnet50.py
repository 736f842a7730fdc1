"""ResNet50, v1 and v1.5 (He et al. 2015, "Deep residual learning"; v1.5 as torchvision and NVIDIA have it).

v1 strides in the first 1x1 of a stage, v1.5 in its 3x3; the shortcut strides in both. No file says which it is:
Keras's weights are v1, torchvision's v1.5.
"""

from fruits.models.graph import Graph, fold

BLOCKS = (3, 4, 6, 3)
DIMENSION = 2048
KERAS_EPSILON = 1.001e-5  # keras/src/applications/resnet.py, every BatchNormalization
TORCH_EPSILON = 1e-5  # torch.nn.BatchNorm2d's default
KERAS_CLASSIFIERS = ("predictions", "probs", "fc1000")  # the model, the published file, older files


def conv_shapes():
    """Folded name -> OIHW shape, in the order of the graph."""
    shapes = {"conv1": (64, 3, 7, 7)}
    channels = 64
    for stage, count in enumerate(BLOCKS, 1):
        width = 32 * 2**stage
        for block in range(count):
            prefix = f"layer{stage}.{block}."
            shapes[prefix + "conv1"] = (width, channels, 1, 1)
            shapes[prefix + "conv2"] = (width, width, 3, 3)
            shapes[prefix + "conv3"] = (4 * width, width, 1, 1)
            if block == 0:
                shapes[prefix + "downsample.0"] = (4 * width, channels, 1, 1)
            channels = 4 * width
    return shapes


def from_folded(tensors):
    """Names as torchvision's, batch norms already folded: conv1.weight, conv1.bias, ... fc.weight, fc.bias."""
    folded = {}
    for name, shape in conv_shapes().items():
        folded[name] = (tensors.take(name + ".weight", *shape), tensors.take(name + ".bias", shape[0]))
    return _with_classifier(folded, tensors)


def from_torch(tensors):
    """torchvision's state dict."""
    tensors.drop("num_batches_tracked")
    folded = {}
    for name, shape in conv_shapes().items():
        norm = name.replace("downsample.0", "downsample.1") if "downsample" in name else name.replace("conv", "bn")
        weight = tensors.take(name + ".weight", *shape)
        parts = (tensors.take(f"{norm}.{part}", shape[0]) for part in ("weight", "bias", "running_mean", "running_var"))
        folded[name] = fold(weight, None, *parts, TORCH_EPSILON)
    return _with_classifier(folded, tensors)


def _with_classifier(folded, tensors):
    if "fc.weight" in tensors:
        weight = tensors.take_matrix("fc.weight", DIMENSION)
        folded["fc"] = (weight, tensors.take("fc.bias", weight.shape[0]))
    tensors.finish()
    return folded


def keras_layer(name):
    """Folded name -> the name that Keras gives the layer, without _conv or _bn."""
    if name == "conv1":
        return "conv1"
    stage, block, part = name.removeprefix("layer").split(".")[:3]
    return f"conv{int(stage) + 1}_block{int(block) + 1}_{0 if part == 'downsample' else part[-1]}"


def from_keras(tensors):
    """keras.applications.ResNet50: kernels HWIO, convolutions with a bias before their batch norm."""
    folded = {}
    for name, (out_channels, in_channels, height, width) in conv_shapes().items():
        layer = keras_layer(name)
        kernel = tensors.take(f"{layer}_conv.kernel", height, width, in_channels, out_channels)
        bias = tensors.take(f"{layer}_conv.bias", out_channels)
        norm = (
            tensors.take(f"{layer}_bn.{part}", out_channels)
            for part in ("gamma", "beta", "moving_mean", "moving_variance")
        )
        folded[name] = fold(kernel.transpose(3, 2, 0, 1), bias, *norm, KERAS_EPSILON)
    for layer in KERAS_CLASSIFIERS:
        if f"{layer}.kernel" in tensors:
            kernel = tensors.take(f"{layer}.kernel", DIMENSION, None)
            folded["fc"] = (kernel.T, tensors.take(f"{layer}.bias", kernel.shape[1]))
            break
    tensors.finish()
    return folded


def build(folded, name, input_size, stride_in_3x3):
    """The OpenVINO model; `stride_in_3x3` is v1.5."""
    graph = Graph(name, input_size)
    x = graph.relu(graph.conv(graph.input, *folded["conv1"], stride=2, padding=3))
    x = graph.max_pool_3x3(x)
    for stage, count in enumerate(BLOCKS, 1):
        for block in range(count):
            stride = 2 if block == 0 and stage > 1 else 1
            x = _block(graph, x, folded, f"layer{stage}.{block}.", stride, stride_in_3x3)
    return graph.finish(x, *folded.get("fc", (None, None)))


def _block(graph, x, folded, prefix, stride, stride_in_3x3):
    first, second = (1, stride) if stride_in_3x3 else (stride, 1)
    y = graph.relu(graph.conv(x, *folded[prefix + "conv1"], stride=first, padding=0))
    y = graph.relu(graph.conv(y, *folded[prefix + "conv2"], stride=second, padding=1))
    y = graph.conv(y, *folded[prefix + "conv3"], stride=1, padding=0)
    if prefix + "downsample.0" in folded:
        x = graph.conv(x, *folded[prefix + "downsample.0"], stride=stride, padding=0)
    return graph.relu(graph.add(y, x))
