"""ONNX Runtime on floats that are prepared, with all cores: one session of so many threads, or a session of one thread for each."""

import fastest
import job
import numpy as np
from session_onnx import Network


def made(batch: int) -> np.ndarray:
    return job.random_images(batch, np)


def main() -> None:
    args = job.arguments()
    whole = Network(args.model, args.precision, args.threads).features
    single = [Network(args.model, args.precision, 1).features for _ in range(args.threads)]
    ways = {f"batch {batch}, one session": fastest.in_turn(made, whole, batch) for batch in job.BATCHES}
    ways |= {f"batch {batch}, {len(single)} sessions": fastest.side_by_side(made, single, batch) for batch in job.BATCHES}
    fastest.report(args.limit, ways)


main()
