"""The chain that Fruits replaces: bench/spark/original_chain.py. Its weights are random, as they cost what any others do."""

import job

clock = job.Clock()

import pathlib  # noqa: E402
import sys  # noqa: E402

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "spark"))

import original_chain  # noqa: E402


def main() -> None:
    args = job.arguments()
    original_chain.main(str(args.photos), str(args.output), args.limit)
    rows = len((args.output / "pca_result.csv").read_text().splitlines()) - 1
    clock.report(photos=rows)


main()
