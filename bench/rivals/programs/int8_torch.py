"""What quantize_torch.py made, for batches of one size: float images, channels last, to features."""

import pathlib

import torch


def package(folder: pathlib.Path, batch: int) -> str:
    return str(folder / f"resnet50-int8-{batch}.pt2")


def load(folder: pathlib.Path, batch: int):
    return torch._inductor.aoti_load_package(package(folder, batch))
