"""PyTorch: a DataLoader whose workers decode by torchvision.io and resize tensors, and torchvision's ResNet50.

As PyTorch's tuning guide has it for inference on a CPU: no gradients, channels last, batch norms fused into the convolutions, graph
frozen. One worker decodes while two threads compute.
"""

import job

clock = job.Clock()

import numpy as np  # noqa: E402
import resnet50_torch  # noqa: E402
import torch  # noqa: E402
from torchvision.io import ImageReadMode, decode_image, read_file  # noqa: E402
from torchvision.models import resnet50  # noqa: E402
from torchvision.transforms.v2 import InterpolationMode  # noqa: E402
from torchvision.transforms.v2.functional import resize  # noqa: E402

BATCH = 16
WORKERS = 1


class Photos(torch.utils.data.Dataset):
    def __init__(self, paths: list[str]) -> None:
        self.paths = paths

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> torch.Tensor:
        image = decode_image(read_file(self.paths[index]), ImageReadMode.RGB)
        return resize(image, [job.SIDE, job.SIDE], InterpolationMode.BICUBIC, antialias=True)


class Features(torch.nn.Module):
    """Bytes to features, so that preprocessing is part of the frozen graph."""

    def __init__(self, file) -> None:
        super().__init__()
        network = resnet50(weights=None)
        network.fc = torch.nn.Identity()
        self.network = resnet50_torch.check_sizes(resnet50_torch.load(network, file))
        self.register_buffer("mean", torch.tensor(job.MEAN_BGR).reshape(1, 3, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images.flip(1).float() - self.mean
        return self.network(x.contiguous(memory_format=torch.channels_last))


def main() -> None:
    args = job.arguments()
    if args.precision != "f32":
        raise SystemExit("PyTorch's int8 (torchao, X86 Inductor) is another tool chain: not measured")
    paths = job.listing(args)
    torch.set_num_threads(args.threads)
    model = Features(args.model / "resnet50.npz").to(memory_format=torch.channels_last).eval()
    example = torch.zeros(BATCH, 3, job.SIDE, job.SIDE, dtype=torch.uint8)
    loader = torch.utils.data.DataLoader(Photos(paths), batch_size=BATCH, num_workers=WORKERS, prefetch_factor=4)
    features = []
    with torch.inference_mode():
        model = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, example)))
        for images in loader:
            features.append(model(images).numpy())
    featurized = clock.seconds()
    job.finish(args, paths, np.concatenate(features))
    clock.report(photos=len(paths), featurized=featurized)


if __name__ == "__main__":  # workers may import this file
    main()
