"""int8 by PyTorch's export quantization for x86, compiled ahead of time: what its guide for CPUs has, without the compiler at each start.

    python quantize_torch.py WEIGHTS PHOTOS FOLDER     PHOTOS are for the calibration; FOLDER gets a package for each batch size
"""

import pathlib
import sys

import int8_torch
import job
import resnet50_torch
import torch
import torchao.quantization.pt2e.quantizer.x86_inductor_quantizer as x86
from pixels import network_input
from torchao.quantization.pt2e import move_exported_model_to_eval
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e


def images(paths: list[str]) -> torch.Tensor:
    return torch.from_numpy(network_input(paths)).contiguous(memory_format=torch.channels_last)


def quantized(model: torch.nn.Module, paths: list[str], batch: int) -> torch.nn.Module:
    exported = torch.export.export(model, (images(paths[:batch]),), strict=True).module()
    quantizer = x86.X86InductorQuantizer()
    # 7 bits: CPUs without VNNI saturate with 8.
    reduced = "vnni" not in pathlib.Path("/proc/cpuinfo").read_text()
    quantizer.set_global(x86.get_default_x86_inductor_quantization_config(reduce_range=reduced))
    prepared = prepare_pt2e(exported, quantizer)
    for at in range(0, len(paths) - batch + 1, batch):
        prepared(images(paths[at : at + batch]))
    return move_exported_model_to_eval(convert_pt2e(prepared))


def main() -> None:
    weights, photos, folder = map(pathlib.Path, sys.argv[1:])
    paths = sorted(map(str, photos.rglob("*.jpg")))
    model = resnet50_torch.of_torchvision(weights).to(memory_format=torch.channels_last)
    with torch.no_grad():
        for batch in job.BATCHES:
            torch._inductor.aoti_compile_and_package(
                torch.export.export(quantized(model, paths, batch), (images(paths[:batch]),)),
                package_path=int8_torch.package(folder, batch),
                inductor_configs={"freezing": True},
            )


if __name__ == "__main__":
    main()
