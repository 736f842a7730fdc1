"""The statistics scenario by the package fruits: Moments of blocks as they are read, one a core, then Pca."""

import concurrent.futures
import pathlib
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "rivals/programs"))

import fruits  # noqa: E402
import job  # noqa: E402


def main() -> None:
    args = job.arguments()
    whole = job.Clock()
    moments = [fruits.Moments(job.COLUMNS) for _ in range(args.threads)]
    seconds, count, waiting = 0.0, 0, []
    with concurrent.futures.ThreadPoolExecutor(args.threads) as pool:

        def add() -> None:
            nonlocal seconds
            clock = job.Clock()
            list(pool.map(lambda pair: pair[0].add(pair[1]), zip(moments, waiting, strict=False)))
            seconds += clock.seconds()
            waiting.clear()

        for block in job.row_blocks(args.features):
            waiting.append(block)
            count += len(block)
            if len(waiting) == args.threads:
                add()
        add()
    clock = job.Clock()
    for other in moments[1:]:
        moments[0].merge(other)
    pca = fruits.Pca(job.COMPONENTS).fit_moments(moments[0])
    seconds += clock.seconds()
    job.keep_fit(args, pca.components_, pca.explained_variance_ratio_)
    whole.report(photos=count, seconds=seconds, reading=whole.seconds() - seconds)


main()
