"""All filters and fits on sizes from one pixel to a camera's, against Pillow."""

import itertools

import numpy as np
import pytest
from image import made_files
from image.comparing import FILTERS, FITS, Job, assert_equal
from PIL import Image

TARGETS = [(224, 224), (1, 1), (7, 3), (224, 1), (1, 224), (96, 160), (100, 100), (50, 100), (333, 20)]
SMALL = [(1, 1), (2, 1), (1, 2), (3, 3), (5, 100), (100, 5), (1, 300), (300, 1), (100, 100), (99, 101), (64, 48)]


def write(tmp_path, width, height):
    path = tmp_path / f"{width}x{height}.png"
    Image.fromarray(made_files.picture(width, height)).save(path, compress_level=1)
    return path


@pytest.mark.parametrize("size", SMALL)
def test_small(pixels, tmp_path, size):
    path = write(tmp_path, *size)
    assert_equal(pixels, [Job(path, fit, f, *to) for fit, f, to in itertools.product(FITS, FILTERS, TARGETS)])


@pytest.mark.parametrize("size", [(640, 480), (3, 2000), (2000, 3), (1500, 40), (40, 1500)])
def test_medium(pixels, tmp_path, size):
    path = write(tmp_path, *size)
    assert_equal(pixels, [Job(path, fit, f, *to) for fit, f, to in itertools.product(FITS, FILTERS, TARGETS[:6])])


def test_camera(pixels, tmp_path):
    path = write(tmp_path, 4000, 3000)
    assert_equal(pixels, [Job(path, fit, f, 224, 224) for fit, f in itertools.product(FITS, FILTERS)])


@pytest.mark.parametrize("options", [{"format": "JPEG"}, {"format": "JPEG", "progressive": True}, {"format": "WEBP"}], ids=str)
def test_camera_formats(pixels, tmp_path, options):
    path = tmp_path / "photo"
    Image.fromarray(made_files.picture(4000, 3000)).save(path, **options)
    assert_equal(pixels, [Job(path), Job(path, "crop", "bicubic", 224, 224)])


def test_wide_beyond_the_window(pixels, tmp_path):
    """Wider than what the horizontal pass spreads out at a time."""
    path = write(tmp_path, 30000, 6)
    jobs = [Job(path, "full", f, w, h) for f in FILTERS for w, h in ((224, 224), (9000, 4), (2, 5), (1, 1))]
    assert_equal(pixels, jobs)


def test_random_sizes(pixels, tmp_path):
    random = np.random.default_rng(5)
    jobs = []
    for number in range(60):
        width, height, to_width, to_height = (int(n) for n in random.integers(1, 180, 4))
        path = tmp_path / f"{number}.png"
        # Only black and white: the overshoot of the filters must be clipped as Pillow clips it.
        Image.fromarray(random.integers(0, 2, (height, width, 3), dtype=np.uint8) * 255).save(path)
        jobs += [Job(path, fit, f, to_width, to_height) for fit in FITS for f in FILTERS]
    assert_equal(pixels, jobs)
