"""PyTorch: a DataLoader whose workers decode by torchvision.io and resize tensors, and torchvision's ResNet50.

As PyTorch's tuning guide has it for inference on a CPU: no gradients, channels last, batch norms fused into the convolutions, graph
frozen. One worker decodes while two threads compute. int8 is the export quantization for x86, compiled ahead of time. With --few
nothing is traced or frozen, which takes longer than it saves for few photos, and no worker is started.
"""

from collections.abc import Callable

import job

clock = job.Clock()

import int8_torch  # noqa: E402
import numpy as np  # noqa: E402
import resnet50_torch  # noqa: E402
import torch  # noqa: E402
from torchvision.io import ImageReadMode, decode_image, read_file  # noqa: E402
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
        self.network = resnet50_torch.of_torchvision(file)
        self.register_buffer("mean", torch.tensor(job.MEAN_BGR).reshape(1, 3, 1, 1))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = images.flip(1).float() - self.mean
        return self.network(x.contiguous(memory_format=torch.channels_last))


def f32(args) -> Callable[[torch.Tensor], torch.Tensor]:
    model = Features(args.model / "resnet50.npz").to(memory_format=torch.channels_last).eval()
    if args.few:
        return model
    example = torch.zeros(BATCH, 3, job.SIDE, job.SIDE, dtype=torch.uint8)
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, example, check_trace=False)))


def int8(args, batch: int) -> Callable[[torch.Tensor], torch.Tensor]:
    network = int8_torch.load(args.model, batch)
    mean = torch.tensor(job.MEAN_BGR).reshape(1, 3, 1, 1)

    def features(images: torch.Tensor) -> torch.Tensor:
        full = torch.zeros(batch, *images.shape[1:], dtype=torch.uint8)  # it computes whole batches only
        full[: len(images)] = images
        return network((full.flip(1).float() - mean).contiguous(memory_format=torch.channels_last))[: len(images)]

    return features


def main() -> None:
    parser = job.parser()
    parser.add_argument("--few", action="store_true", help="the network as it is, and no worker")
    args = parser.parse_args()
    paths = job.listing(args)
    torch.set_num_threads(args.threads)
    workers = {} if args.few else {"num_workers": WORKERS, "prefetch_factor": 4}
    # int8 was compiled for some sizes of batch: the least that holds all, where one does.
    batch = min((size for size in job.BATCHES if size >= len(paths)), default=BATCH)
    loader = torch.utils.data.DataLoader(Photos(paths), batch_size=batch, **workers)
    features = []
    with torch.inference_mode():
        model = f32(args) if args.precision == "f32" else int8(args, batch)
        for images in loader:
            features.append(model(images).numpy())
    featurized = clock.seconds()
    job.finish(args, paths, np.concatenate(features))
    clock.report(photos=len(paths), featurized=featurized)


if __name__ == "__main__":  # workers may import this file
    main()
