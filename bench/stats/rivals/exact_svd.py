"""An exact SVD of the scaled and centred rows (of the R of their QR decomposition, whose singular values and vectors are theirs)."""

import job
import numpy as np
import scipy.linalg


def main() -> None:
    args = job.arguments()
    clock = job.Clock()
    rows = np.concatenate([block.astype(np.float64) for block in job.row_blocks(args.features)])
    rows -= rows.mean(0)
    rows -= rows.mean(0)  # what rounding left
    deviation = np.sqrt((rows**2).sum(0) / (len(rows) - 1))
    rows /= np.where(deviation == 0, 1, deviation)
    triangle = scipy.linalg.qr(rows, mode="r", overwrite_a=True, check_finite=False)[0][: job.COLUMNS]
    _, values, vectors = scipy.linalg.svd(triangle, check_finite=False)
    job.keep_fit(args, vectors[: job.COMPONENTS], (values**2 / (values**2).sum())[: job.COMPONENTS])
    clock.report(photos=len(rows))


main()
