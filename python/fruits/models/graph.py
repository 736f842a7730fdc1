"""A thin layer over OpenVINO's opset: convolutions with folded batch norms, and the three outputs of a bundle.

    graph = Graph("resnet50", input_size=224)
    x = graph.relu(graph.conv(graph.input, weight, bias, stride=2, padding=3))
    model = graph.finish(x, fc_weight, fc_bias)

Weights are float32 OIHW arrays. The spatial size is only the default one: every graph can be reshaped.
"""

import numpy as np

SAME = "same"  # TensorFlow's SAME: the odd pixel goes to the right and to the bottom


def fold(weight, bias, gamma, beta, mean, variance, epsilon):
    """Batch norm folded into the convolution before it, in float64, rounded once to float32."""
    weight, gamma, beta, mean, variance = (np.asarray(a, np.float64) for a in (weight, gamma, beta, mean, variance))
    factor = gamma / np.sqrt(variance + epsilon)
    shift = beta - mean * factor
    if bias is not None:
        shift = shift + np.asarray(bias, np.float64) * factor
    return (weight * factor.reshape(-1, 1, 1, 1)).astype(np.float32), shift.astype(np.float32)


class Graph:
    """One model being built; not reusable after finish()."""

    def __init__(self, name, input_size):
        from openvino import opset13 as op

        self._op = op
        self._name = name
        self.input = op.parameter([-1, 3, input_size, input_size], np.float32, name="images")
        self.input.output(0).get_tensor().set_names({"images"})

    def _constant(self, array):
        return self._op.constant(np.ascontiguousarray(array, np.float32))

    def conv(self, x, weight, bias, stride, padding):
        """`padding` is a number of pixels on each side, or SAME."""
        auto_pad, pixels = ("same_upper", 0) if padding == SAME else ("explicit", padding)
        args = ([stride] * 2, [pixels] * 2, [pixels] * 2, [1, 1], auto_pad)
        y = self._op.convolution(x, self._constant(weight), *args)
        return self._add_bias(y, bias)

    def depthwise_conv(self, x, weight, bias, stride):
        """SAME padding; `weight` is C x 1 x k x k."""
        channels, _, height, width = weight.shape
        kernel = self._constant(weight.reshape(channels, 1, 1, height, width))
        y = self._op.group_convolution(x, kernel, [stride] * 2, [0, 0], [0, 0], [1, 1], "same_upper")
        return self._add_bias(y, bias)

    def _add_bias(self, x, bias):
        return self._op.add(x, self._constant(np.reshape(bias, (1, -1, 1, 1))))

    def relu(self, x):
        return self._op.relu(x)

    def relu6(self, x):
        return self._op.clamp(x, 0.0, 6.0)

    def add(self, x, y):
        return self._op.add(x, y)

    def max_pool_3x3(self, x):
        """Stride 2, one pixel of padding on each side."""
        pool = self._op.max_pool(x, [2, 2], [1, 1], [1, 1], [1, 1], [3, 3], "floor", "explicit", "i64")
        return pool.output(0)

    def finish(self, feature_map, fc_weight=None, fc_bias=None):
        """The model with outputs feature_map, features (its mean) and, where there is a classifier, logits."""
        import openvino

        outputs = {"feature_map": feature_map}
        axes = self._op.constant(np.array([2, 3], np.int64))
        outputs["features"] = self._op.reduce_mean(feature_map, axes, False)
        if fc_weight is not None:
            product = self._op.matmul(outputs["features"], self._constant(fc_weight), False, True)
            outputs["logits"] = self._op.add(product, self._constant(np.reshape(fc_bias, (1, -1))))
        for name, node in outputs.items():
            node.output(0).get_tensor().set_names({name})
        model = openvino.Model(list(outputs.values()), [self.input], self._name)
        _name_nodes(model)
        return model


def _name_nodes(model):
    """OpenVINO numbers nodes by process; names by position make the saved bytes the same every time."""
    for index, node in enumerate(model.get_ordered_ops()):
        if node.get_type_name() != "Parameter":
            node.set_friendly_name(f"{node.get_type_name()}_{index}")
