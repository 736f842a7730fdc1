"""Pillow in threads (it lets go of Python's lock while it decodes and resizes), photos in memory."""

import concurrent.futures
import io

import job
import numpy as np
from PIL import Image


def pixels(photo: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(photo)).convert("RGB").resize((job.SIDE, job.SIDE)))


def main() -> None:
    args = job.arguments()
    photos = job.contents(args)
    with concurrent.futures.ThreadPoolExecutor(args.threads) as pool:
        job.report_pixels(photos, lambda: sum(image.shape == (job.SIDE, job.SIDE, 3) for image in pool.map(pixels, photos)))


main()
