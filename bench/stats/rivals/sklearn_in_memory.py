"""scikit-learn with all rows in memory: StandardScaler and PCA(svd_solver="covariance_eigh"), in place where it can be."""

import job
import numpy as np
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler


def main() -> None:
    args = job.arguments()
    reading = job.Clock()
    rows = np.empty((job.row_count(args.features), job.COLUMNS), np.float64)
    first = 0
    for block in job.row_blocks(args.features):
        rows[first : first + len(block)] = block
        first += len(block)
    read = reading.seconds()
    clock = job.Clock()
    scaled = StandardScaler(copy=False).fit_transform(rows)
    pca = PCA(job.COMPONENTS, svd_solver="covariance_eigh", copy=False).fit(scaled)
    seconds = clock.seconds()
    job.keep_fit(args, pca.components_, pca.explained_variance_ratio_)
    clock.report(photos=first, seconds=seconds, reading=read)


main()
