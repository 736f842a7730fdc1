"""Ray Data as its guide to batch inference has it: read_images resizes (by Pillow), a pool of actors keeps a model each.

One actor of one thread a core. The guide's examples run PyTorch in the actor; ONNX Runtime is faster, so it stands here.
"""

import job

clock = job.Clock()

import os  # noqa: E402

os.environ["RAY_DEDUP_LOGS"] = os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import numpy as np  # noqa: E402
import ray  # noqa: E402

BATCH = 16


class Featurizer:
    def __init__(self, folder: str, precision: str) -> None:
        from session_onnx import Network

        self.network = Network(folder, precision, 1)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        import pixels

        return {"path": batch["path"], "features": self.network.features(pixels.planes(batch["image"]))}


def main() -> None:
    args = job.arguments()
    paths = job.listing(args)
    ray.init(num_cpus=args.threads, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False
    images = ray.data.read_images(paths, size=(job.SIDE, job.SIDE), mode="RGB", include_paths=True)
    pool = ray.data.ActorPoolStrategy(size=args.threads)
    made = images.map_batches(
        Featurizer, batch_size=BATCH, num_cpus=0.5, compute=pool, fn_constructor_args=(str(args.model), args.precision)
    )
    rows = {path: row for batch in made.iter_batches(batch_size=256) for path, row in zip(batch["path"], batch["features"], strict=True)}
    featurized = clock.seconds()
    job.finish(args, paths, np.stack([rows[path] for path in paths]))
    clock.report(photos=len(paths), featurized=featurized)


if __name__ == "__main__":  # workers may import this file
    main()
