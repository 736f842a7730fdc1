"""NNCF, with one model and its calibration inputs: quantized plainly, or with layers kept in f32.

    quantizer = Quantizer(bundle, folder)
    quantizer.take(calibrated.inputs)
    plain = quantizer.plain()
    better, kept = quantizer.aiming_at(1 - quantizer.plain_loss() / 2)
"""

import numpy as np

from fruits.models.errors import ModelError

NARROW = "avx2"  # weights of 7 bits: sums that cannot saturate without VNNI either
VALIDATED = 100  # photos of each look that the accuracy-aware form takes


class Quantizer:
    def __init__(self, base, folder):
        try:
            import nncf
        except ImportError as error:
            raise ModelError("quantizing needs NNCF: pip install 'nncf>=3.4,<4'") from error
        import openvino

        from fruits import _core

        self._nncf = nncf
        self._model = openvino.Core().read_model(folder / base["model_file"])
        self._output = base["outputs"]["features"] or base["outputs"]["feature_map"]
        shape = self._model.inputs[0].partial_shape
        self._channels_last = shape[3].is_static and shape[3].get_length() == 3
        cpu = _core.cpu()
        self.cpu_isa = cpu["isa"]
        self.isa = cpu["isa"] if cpu["vnni"] else NARROW

    def take(self, inputs):
        """n x 3 x height x width."""
        inputs = np.ascontiguousarray(inputs.transpose(0, 2, 3, 1)) if self._channels_last else inputs
        self._inputs = [photo[None] for photo in inputs]
        self._validated = None

    def plain(self):
        data = self._nncf.Dataset(self._inputs)
        self._plain = self._nncf.quantize(self._model.clone(), data, **self._settings("advanced_parameters"))
        return self._plain

    def plain_loss(self):
        """1 - mean cosine to f32 of plain()'s model, on the very photos that aiming_at() is judged by."""
        return 1 - self._validate(self._compile(self._plain), self._pairs())[0]

    def aiming_at(self, cosine):
        """A model whose features have this mean cosine to f32's on some of the inputs, and how many layers it keeps in f32.

        Only after plain(), whose layers it is counted against. NNCF may miss the aim; where plain quantization reaches it, no
        layer is kept.
        """
        nncf = self._nncf
        model = nncf.quantize_with_accuracy_control(
            self._model.clone(),
            nncf.Dataset(self._inputs),
            nncf.Dataset(self._pairs(), lambda pair: pair[0]),
            self._validate,
            max_drop=1 - cosine,
            drop_type=nncf.DropType.ABSOLUTE,
            **self._settings("advanced_quantization_parameters"),
        )
        return model, _quantized_layers(self._plain) - _quantized_layers(model)

    def _pairs(self):
        """The photos that validate, each with f32's features."""
        if self._validated is None:
            few = self._inputs[:: max(1, len(self._inputs) // VALIDATED)]
            self._validated = list(zip(few, self._features_of(self._compile(self._model), few), strict=True))
        return self._validated

    def _validate(self, compiled, pairs):
        cosines = [_cosine(self._features_of(compiled, [photo])[0], expected) for photo, expected in pairs]
        return float(np.mean(cosines)), cosines

    def _settings(self, name):
        nncf = self._nncf
        narrow = nncf.OverflowFix.ENABLE if self.isa == NARROW else nncf.OverflowFix.FIRST_LAYER
        return {
            "subset_size": len(self._inputs),
            "preset": nncf.QuantizationPreset.MIXED,
            name: nncf.AdvancedQuantizationParameters(overflow_fix=narrow),
        }

    def _compile(self, model):
        import openvino

        return openvino.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})

    def _features_of(self, compiled, inputs):
        return [np.ravel(compiled(photo)[self._output]) for photo in inputs]


def _cosine(a, b):
    return float(a @ b / max(np.linalg.norm(a) * np.linalg.norm(b), 1e-30))


def _quantized_layers(model):
    """Layers whose activations (input 0; weights are input 1) come out of FakeQuantize."""
    quantized = 0
    for node in model.get_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution", "MatMul"):
            quantized += node.input_value(0).get_node().get_type_name() == "FakeQuantize"
    return quantized
