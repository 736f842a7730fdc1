"""Prints in a few lines what a run left behind.

    python tools/summarize_run.py results/
"""

import csv
import json
import pathlib
import sys

RESULTS = {
    "pca_result.csv": "one line a photo: path, label, projected features",
    "pca_result.parquet": "the same, typed",
    "scree.svg": "how much variance each component holds",
    "projection.svg": "the photos on the first two components",
    "report.html": "all of it in one page to look at, in any browser",
    "rejected.csv": "photos that were left out, and why",
    "features": "the CNN features, as Parquet",
    "fitted": "scaler and PCA, to project other photos with",
    "run.json": "options, counts, times, versions, hashes",
}


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: summarize_run.py RESULTS_FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1]).resolve()
    try:
        json.loads((folder / "run.json").read_text())
    except (OSError, ValueError) as error:
        print(f"{folder}: not a whole run: {error}", file=sys.stderr)
        return 1
    with open(folder / "pca_result.csv", newline="") as table:
        photos = sum(1 for _ in csv.reader(table)) - 1
    print(f"\n{photos} photos projected. Results in {folder}:")
    for name, meaning in RESULTS.items():
        if (folder / name).exists():
            print(f"  {name:<20} {meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
