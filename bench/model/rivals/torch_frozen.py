"""PyTorch on floats that are prepared: torchvision's ResNet50, channels last, batch norms fused, frozen; the fastest of a few batches."""

import job
import numpy as np
import resnet50_torch
import torch
from torchvision.models import resnet50

BATCHES = (1, 8, 16)


def main() -> None:
    args = job.arguments()
    torch.set_num_threads(args.threads)
    model = resnet50(weights=None)
    model.fc = torch.nn.Identity()
    model = resnet50_torch.load(model, args.model / "resnet50.npz").to(memory_format=torch.channels_last)

    def made(batch: int) -> torch.Tensor:
        return torch.from_numpy(job.random_images(batch, np)).contiguous(memory_format=torch.channels_last)

    with torch.inference_mode():
        frozen = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, made(8))))
        job.report_fastest(BATCHES, args.limit, made, frozen)


if __name__ == "__main__":  # workers may import this file
    main()
