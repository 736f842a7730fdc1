"""The chain that Fruits replaces: bench/spark/original_chain.py. Its weights are random, as they cost what any others do."""

import job

clock = job.Clock()

import os  # noqa: E402
import pathlib  # noqa: E402
import sys  # noqa: E402

FOLDER = str(pathlib.Path(__file__).resolve().parents[2] / "spark")
sys.path.append(FOLDER)
# Spark's Python workers import what the UDF names.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [FOLDER, os.environ.get("PYTHONPATH")]))

import original_chain  # noqa: E402


def main() -> None:
    args = job.arguments()
    original_chain.main(str(args.photos), str(args.output), args.limit)
    rows = len((args.output / "pca_result.csv").read_text().splitlines()) - 1
    clock.report(photos=rows)


main()
