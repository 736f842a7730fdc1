"""scikit-learn in bounded memory: StandardScaler.partial_fit, then IncrementalPCA(batch_size=4096).partial_fit: two passes."""

import job
import numpy as np
from sklearn.decomposition import IncrementalPCA
from sklearn.preprocessing import StandardScaler

BATCH = 4096


def batches(args):
    """Blocks of BATCH rows and the seconds that reading them took."""
    waiting, held = [], 0
    for block in job.row_blocks(args.features):
        waiting.append(block.astype(np.float64))
        held += len(block)
        if held >= BATCH:
            rows = np.concatenate(waiting)
            yield rows[:BATCH]
            waiting, held = [rows[BATCH:]], len(rows) - BATCH
    if held:
        yield np.concatenate(waiting)


def main() -> None:
    args = job.arguments()
    whole = job.Clock()
    scaler, pca = StandardScaler(), IncrementalPCA(job.COMPONENTS, batch_size=BATCH)
    seconds, count = 0.0, 0
    for rows in batches(args):
        clock = job.Clock()
        scaler.partial_fit(rows)
        seconds += clock.seconds()
        count += len(rows)
    for rows in batches(args):
        clock = job.Clock()
        if len(rows) >= job.COMPONENTS:
            pca.partial_fit(scaler.transform(rows))
        seconds += clock.seconds()
    job.keep_fit(args, pca.components_, pca.explained_variance_ratio_)
    whole.report(photos=count, seconds=seconds, reading=whole.seconds() - seconds)


main()
