"""Daft's image expressions on a column of photos in memory. Its resize offers no choice of filter."""

import daft
import job
from daft import col


def main() -> None:
    args = job.arguments()
    photos = job.contents(args)
    frame = daft.from_pydict({"photo": photos})

    def read() -> int:
        images = frame.select(col("photo").image.decode(mode="RGB").image.resize(job.SIDE, job.SIDE).alias("image"))
        return sum(len(table) for table in images.to_arrow_iter())

    job.report_pixels(photos, read)


main()
