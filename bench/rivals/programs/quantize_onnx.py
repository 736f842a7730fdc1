"""int8 by ONNX Runtime's static quantization, as its guide has it for CPUs: QDQ, unsigned activations, weights by channel.

    python quantize_onnx.py MODEL PHOTOS OUTPUT     PHOTOS are for the calibration
"""

import pathlib
import sys

from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from pixels import network_input


class Photos(CalibrationDataReader):
    def __init__(self, folder: pathlib.Path) -> None:
        self.paths = iter(sorted(map(str, folder.rglob("*.jpg"))))

    def get_next(self) -> dict | None:
        path = next(self.paths, None)
        return None if path is None else {"images": network_input([path])}


def main() -> None:
    model, photos, output = map(pathlib.Path, sys.argv[1:])
    quantize_static(
        model,
        output,
        Photos(photos),
        quant_format=QuantFormat.QDQ,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        per_channel=True,
        # 7 bits of weight: CPUs without VNNI saturate with 8.
        reduce_range="vnni" not in pathlib.Path("/proc/cpuinfo").read_text(),
    )


if __name__ == "__main__":
    main()
