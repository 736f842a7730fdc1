"""PyTorch on floats that are prepared: torchvision's ResNet50, channels last, batch norms fused, frozen; its best batch.

int8 is compiled ahead of time.
"""

from collections.abc import Callable

import fastest
import int8_torch
import job
import numpy as np
import resnet50_torch
import torch


def made(batch: int) -> torch.Tensor:
    return torch.from_numpy(job.random_images(batch, np)).contiguous(memory_format=torch.channels_last)


def f32(args) -> Callable[[torch.Tensor], torch.Tensor]:
    model = resnet50_torch.of_torchvision(args.model / "resnet50.npz").to(memory_format=torch.channels_last)
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, made(8), check_trace=False)))


def int8(args) -> Callable[[torch.Tensor], torch.Tensor]:
    networks = {batch: int8_torch.load(args.model, batch) for batch in job.BATCHES}
    return lambda images: networks[len(images)](images)


def main() -> None:
    args = job.arguments()
    torch.set_num_threads(args.threads)
    with torch.inference_mode():
        network = f32(args) if args.precision == "f32" else int8(args)
        fastest.report(args.limit, {f"batch {batch}": fastest.in_turn(made, network, batch) for batch in job.BATCHES})


if __name__ == "__main__":  # workers may import this file
    main()
