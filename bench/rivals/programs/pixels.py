"""Photos as the network takes them, by Pillow."""

import numpy as np
from job import MEAN_BGR, SIDE
from PIL import Image


def pixels(path: str) -> np.ndarray:
    """SIDE x SIDE x 3 bytes, RGB; bicubic, Pillow's default."""
    return np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE)))


def planes(images: np.ndarray) -> np.ndarray:
    """N x 3 x SIDE x SIDE floats, BGR less their means."""
    return np.ascontiguousarray((images[..., ::-1] - np.array(MEAN_BGR, np.float32)).transpose(0, 3, 1, 2), np.float32)


def network_input(paths: list[str]) -> np.ndarray:
    return planes(np.stack([pixels(path) for path in paths]))
