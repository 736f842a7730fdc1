"""A script of timm's manner: its dataset, loader and ResNet50 (num_classes=0: features), channels last, as its validate.py.

Workers decode by Pillow and resize by torchvision; the network runs as it is, which is what such scripts do.
"""

import job

clock = job.Clock()

import numpy as np  # noqa: E402
import resnet50_torch  # noqa: E402
import timm  # noqa: E402
import timm.data  # noqa: E402
import torch  # noqa: E402

BATCH = 16
WORKERS = 1


class Photos(torch.utils.data.Dataset):
    """timm's ImageDataset reads whole folders; this one a list."""

    def __init__(self, paths: list[str], transform) -> None:
        self.paths, self.transform = paths, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int):
        from PIL import Image

        return self.transform(Image.open(self.paths[index]).convert("RGB")), 0


def main() -> None:
    args = job.arguments()
    paths = job.listing(args)
    torch.set_num_threads(args.threads)
    model = resnet50_torch.load(timm.create_model("resnet50", pretrained=False, num_classes=0), args.model / "resnet50.npz")
    model = model.to(memory_format=torch.channels_last)
    mean = tuple(value / 255 for value in reversed(job.MEAN_BGR))
    looks = {"interpolation": "bicubic", "crop_pct": 1.0, "crop_mode": "squash", "mean": mean, "std": (1 / 255,) * 3}
    transform = timm.data.create_transform((3, job.SIDE, job.SIDE), **looks)
    loader = torch.utils.data.DataLoader(Photos(paths, transform), batch_size=BATCH, num_workers=WORKERS, prefetch_factor=4)
    features = []
    with torch.inference_mode():
        for images, _ in loader:
            features.append(model(images.flip(1).contiguous(memory_format=torch.channels_last)).numpy())
    featurized = clock.seconds()
    job.finish(args, paths, np.concatenate(features))
    clock.report(photos=len(paths), featurized=featurized)


if __name__ == "__main__":  # workers may import this file
    main()
