"""torchvision: decode_image and the tensor resize (antialiased bicubic on bytes) in threads, photos in memory."""

import concurrent.futures

import job
import torch
from torchvision.io import ImageReadMode, decode_image
from torchvision.transforms.v2 import InterpolationMode
from torchvision.transforms.v2.functional import resize


def pixels(photo: torch.Tensor) -> torch.Tensor:
    image = decode_image(photo, ImageReadMode.RGB)
    return resize(image, [job.SIDE, job.SIDE], InterpolationMode.BICUBIC, antialias=True)


def main() -> None:
    args = job.arguments()
    torch.set_num_threads(1)  # each photo in one thread, as many photos as cores
    photos = [torch.frombuffer(bytearray(photo), dtype=torch.uint8) for photo in job.contents(args)]
    with concurrent.futures.ThreadPoolExecutor(args.threads) as pool:
        job.report_pixels(photos, lambda: sum(image.shape == (3, job.SIDE, job.SIDE) for image in pool.map(pixels, photos)))


if __name__ == "__main__":  # workers may import this file
    main()
