"""ONNX Runtime on floats that are prepared: the fastest of a few batch sizes, with all cores."""

import job
import numpy as np
from session_onnx import Network


def main() -> None:
    args = job.arguments()
    network = Network(args.model, args.precision, args.threads)
    job.report_fastest(args.limit, lambda batch: job.random_images(batch, np), network.features)


main()
