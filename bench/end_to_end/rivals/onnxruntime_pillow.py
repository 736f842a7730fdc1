"""ONNX Runtime with photos by Pillow: threads decode the next batches while the session computes this one with all cores."""

import job

clock = job.Clock()

import concurrent.futures  # noqa: E402

import numpy as np  # noqa: E402
import pixels  # noqa: E402
from session_onnx import Network  # noqa: E402

BATCH = 8
AHEAD = 4  # batches


def main() -> None:
    args = job.arguments()
    paths = job.listing(args)
    network = Network(args.model, args.precision, args.threads)
    batches = [paths[first : first + BATCH] for first in range(0, len(paths), BATCH)]
    features = []
    with concurrent.futures.ThreadPoolExecutor(args.threads) as pool:
        waiting = [pool.submit(pixels.network_input, batch) for batch in batches[:AHEAD]]
        for index in range(len(batches)):
            images = waiting.pop(0).result()
            if index + AHEAD < len(batches):
                waiting.append(pool.submit(pixels.network_input, batches[index + AHEAD]))
            features.append(network.features(images))
    featurized = clock.seconds()
    job.finish(args, paths, np.concatenate(features))
    clock.report(photos=len(paths), featurized=featurized)


main()
