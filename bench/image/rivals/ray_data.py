"""Ray Data's read_images, which decodes and resizes by Pillow in its tasks. It reads the files too, which others do before the clock."""

import os

os.environ["RAY_DEDUP_LOGS"] = os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import job  # noqa: E402
import ray  # noqa: E402


def main() -> None:
    args = job.arguments()
    paths = job.listing(args)
    ray.init(num_cpus=args.threads, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False

    def read() -> int:
        images = ray.data.read_images(paths, size=(job.SIDE, job.SIDE), mode="RGB")
        shapes = (batch["image"].shape for batch in images.iter_batches(batch_size=256))
        return sum(count for count, *shape in shapes if shape == [job.SIDE, job.SIDE, 3])

    job.report_pixels(paths, read)


if __name__ == "__main__":  # workers may import this file
    main()
