"""The same job done by Pillow and by the library under test, compared byte for byte."""

import functools
import hashlib
import io
import pathlib
import subprocess
import typing
import warnings

import numpy as np
import PIL
from PIL import Image, ImageOps

assert PIL.__version__ == "13.0.0", "the library promises the pixels of Pillow 13.0.0"

FILTERS = ("nearest", "box", "bilinear", "bicubic", "lanczos")
FITS = ("full", "crop", "pad")


class Job(typing.NamedTuple):
    path: pathlib.Path
    fit: str = "full"
    filter: str = "bicubic"
    width: int = 0  # 0: decode only
    height: int = 0
    rotate: int = 1


def ours(program, jobs, *options) -> list[str]:
    """One line a job: "ok WIDTH HEIGHT SHA256" or "rejected REASON"."""
    lines = "".join("\t".join(map(str, job)) + "\n" for job in jobs)
    done = subprocess.run([program, *options], input=lines, stdout=subprocess.PIPE, text=True, check=True)
    answers = done.stdout.splitlines()
    assert len(answers) == len(jobs)
    return answers


def to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I;16":  # the one exception: the high byte, where Pillow clips at 255
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    return image.convert("RGB")


@functools.lru_cache(maxsize=1)  # jobs on one file follow each other
def pillow_image(content: bytes, rotate: int) -> Image.Image:
    """Raises what Pillow raises for a file that it refuses. Broken EXIF counts as none."""
    image = Image.open(io.BytesIO(content))
    image.load()
    if rotate:
        try:
            image = ImageOps.exif_transpose(image)
        except Exception:
            pass
    return to_rgb(image)


def pillow(job: Job) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = pillow_image(job.path.read_bytes(), job.rotate)
        except Exception as error:
            return f"rejected {error}"
    if job.width:
        size, method = (job.width, job.height), Image.Resampling[job.filter.upper()]
        if job.fit == "full":
            image = image.resize(size, method)
        else:
            image = {"crop": ImageOps.fit, "pad": ImageOps.pad}[job.fit](image, size, method)
    return f"ok {image.width} {image.height} {hashlib.sha256(image.tobytes()).hexdigest()}"


def differences(program, jobs) -> list[str]:
    """Jobs on which the two disagree: other pixels, or taken by one and refused by the other."""
    found = []
    for job, mine in zip(jobs, ours(program, jobs)):
        theirs = pillow(job)
        if mine != theirs and not (mine.startswith("rejected") and theirs.startswith("rejected")):
            found.append(f"{job}\n  ours   {mine}\n  Pillow {theirs}")
    return found


def assert_equal(program, jobs):
    found = differences(program, jobs)
    assert not found, f"{len(found)} of {len(jobs)} differ, the first:\n" + "\n".join(found[:5])
