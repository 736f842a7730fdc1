"""Daft's image expressions on a column of photos in memory. Its resize has one filter, not the bicubic one."""

import daft
import job
from daft import col
from daft.functions import decode_image, resize


def main() -> None:
    args = job.arguments()
    photos = job.contents(args)
    frame = daft.from_pydict({"photo": photos})

    def read() -> int:
        images = frame.select(resize(decode_image(col("photo"), mode="RGB"), job.SIDE, job.SIDE).alias("image"))
        return sum(len(table) for table in images.to_arrow_iter())

    job.report_pixels(photos, read)


main()
