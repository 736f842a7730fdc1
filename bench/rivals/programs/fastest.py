"""The inference scenario's rule, alike for all tools: a short loop of each way chooses one, and that one is measured in a loop of its own.

    fastest.report(count, {f"batch {n}": fastest.in_turn(made, compute, n) for n in job.BATCHES})

A way is a function that computes so many images and gives the seconds an image. The fastest of several measured loops would be the
luckiest one on a shared machine.
"""

import concurrent.futures
from collections.abc import Callable

import job

SEARCH_IMAGES = 64  # a whole number of each batch, as bench/model/inference.cc has it
WARM_CALLS = 3

Way = Callable[[int], float]


def _warm(compute: Callable, images) -> None:
    for _ in range(WARM_CALLS):
        shape = tuple(compute(images).shape)
    if shape != (len(images), job.COLUMNS):
        raise SystemExit(f"the model gives {shape}, expected {(len(images), job.COLUMNS)}")


def in_turn(made: Callable, compute: Callable, batch: int) -> Way:
    """One call of `compute(made(batch))` after another, in this thread: PyTorch's modes and number of threads are a thread's."""

    def way(count: int) -> float:
        images = made(batch)
        _warm(compute, images)
        calls = max(1, count // batch)
        clock = job.Clock()
        for _ in range(calls):
            compute(images)
        return clock.seconds() / (calls * batch)

    return way


def side_by_side(made: Callable, computes: list[Callable], batch: int) -> Way:
    """The same by a thread for each of `computes`, each with images of its own."""

    def way(count: int) -> float:
        images = [made(batch) for _ in computes]
        for compute, own in zip(computes, images, strict=True):
            _warm(compute, own)
        calls = max(1, count // (batch * len(computes)))

        def loop(compute: Callable, own) -> None:
            for _ in range(calls):
                compute(own)

        with concurrent.futures.ThreadPoolExecutor(len(computes)) as pool:
            clock = job.Clock()
            list(pool.map(loop, computes, images))
            return clock.seconds() / (calls * batch * len(computes))

    return way


def report(count: int, ways: dict[str, Way]) -> None:
    searched = {name: way(SEARCH_IMAGES) for name, way in ways.items()}
    best = min(searched, key=searched.get)
    seconds = ways[best](count) * count
    rates = {name: round(1 / each, 1) for name, each in searched.items()}
    job.Clock().report(photos=count, seconds=seconds, way=best, searched=rates)
