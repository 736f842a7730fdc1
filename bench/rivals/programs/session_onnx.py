"""An ONNX Runtime session of the shared model, for programs whose own part is not the network."""

import numpy as np
import onnxruntime


class Network:
    def __init__(self, folder: str, precision: str, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        name = "resnet50.onnx" if precision == "f32" else "resnet50-int8.onnx"
        self.session = onnxruntime.InferenceSession(f"{folder}/{name}", options, providers=["CPUExecutionProvider"])

    def features(self, images: np.ndarray) -> np.ndarray:
        """images: what pixels.planes gives."""
        return self.session.run(None, {"images": images})[0]
