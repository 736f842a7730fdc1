"""What the programs of the rivals share: arguments, the list of photos, the end of the job and the line that they print.

    args = job.arguments()
    paths = job.listing(args)
    clock = job.Clock()
    ...
    job.finish(args, paths, features)
    clock.report(photos=len(paths))

It runs in each rival's own environment: nothing is imported here that one of them may lack.
"""

import argparse
import csv
import json
import os
import pathlib
import time

COMPONENTS = 7
SIDE = 224
BATCHES = (1, 4, 8, 16)  # of which a rival may take its best one
COLUMNS = 2048
MEAN_BGR = (103.939, 116.779, 123.68)  # of the weights that all share, on 0..255


def parser() -> argparse.ArgumentParser:
    """For a program that takes more than arguments()."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=pathlib.Path, help="folder, with all below it")
    parser.add_argument("--features", type=pathlib.Path, help="Parquet file, for the statistics")
    parser.add_argument("--model", type=pathlib.Path, help="folder with resnet50.npz and resnet50.onnx, or resnet50-int8.onnx")
    parser.add_argument("--output", type=pathlib.Path, required=True, help="folder that is there")
    parser.add_argument("--limit", type=int, default=0, help="only the first photos by name; 0: all")
    parser.add_argument("--precision", choices=("f32", "int8"), default="f32")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    return parser


def arguments() -> argparse.Namespace:
    return parser().parse_args()


def listing(args: argparse.Namespace) -> list[str]:
    """Paths in the order of their names."""
    found = []
    for folder, _, names in os.walk(args.photos):
        found += [os.path.join(folder, name) for name in names if name.endswith(".jpg")]
    found.sort()
    return found[: args.limit or None]


def label(path: str) -> str:
    return os.path.basename(os.path.dirname(path))


def finish(args: argparse.Namespace, paths: list[str], features) -> None:
    """Scaler, PCA and the table, as one writes them with scikit-learn (its choice of solver, the fastest here)."""
    import numpy as np
    from sklearn.decomposition import PCA
    from sklearn.preprocessing import StandardScaler

    features = np.ascontiguousarray(features, np.float32)
    if features.shape != (len(paths), COLUMNS) or not np.isfinite(features).all():
        raise SystemExit(f"features are {features.shape}, expected {(len(paths), COLUMNS)}, or not finite")
    np.save(args.output / "features.npy", features)  # as our features/ folder, and to compare them
    scores = PCA(COMPONENTS).fit_transform(StandardScaler().fit_transform(features.astype(np.float64)))
    with (args.output / "pca_result.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["path", "label", "features_pca"])
        table.writerows([path, label(path), json.dumps(row)] for path, row in zip(paths, scores.tolist(), strict=True))


def cpu_seconds() -> float:
    """Of this process and all that it started, wherever they went: they carry the benchmark's mark in their environment."""
    mark = f"FRUITS_BENCH_PROCESS={os.environ.get('FRUITS_BENCH_PROCESS', '')}".encode()
    ticks = 0
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and (int(folder.name) == os.getpid() or mark in (folder / "environ").read_bytes()):
                # user, system, and those of children that ended
                ticks += sum(map(int, (folder / "stat").read_text().rpartition(")")[2].split()[11:15]))
        except OSError:  # it ended meanwhile
            continue
    return ticks / os.sysconf("SC_CLK_TCK")


class Clock:
    """Starts when it is made."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._begin

    def report(self, **fields) -> None:
        """The line that the benchmark reads; `seconds` may be given for a part of the time since the start."""
        print(json.dumps({"seconds": self.seconds(), **fields}), flush=True)


def contents(args: argparse.Namespace) -> list[bytes]:
    found = []
    for path in listing(args):
        with open(path, "rb") as file:
            found.append(file.read())
    return found


def report_pixels(photos: list, read) -> None:
    """`read` decodes and resizes all photos and says how many; the second time counts, in CPU seconds of all that takes part."""
    read()
    begin, clock = cpu_seconds(), Clock()
    done = read()
    wall, cpu = clock.seconds(), cpu_seconds() - begin
    if done != len(photos):
        raise SystemExit(f"{done} of {len(photos)} photos have the right shape")
    clock.report(photos=done, seconds=cpu, loop_wall=wall)


def random_images(batch: int, np):
    """Such values as the network gets."""
    values = np.random.default_rng(0).integers(0, 256, (batch, 3, SIDE, SIDE))
    return (values - np.array(MEAN_BGR).reshape(1, 3, 1, 1)).astype(np.float32)


def row_count(features: pathlib.Path) -> int:
    import pyarrow.parquet as pq

    return pq.ParquetFile(features).metadata.num_rows


def row_blocks(features: pathlib.Path):
    """The rows of a features file, a row group at a time, as float32 matrices."""
    import numpy as np
    import pyarrow.parquet as pq

    file = pq.ParquetFile(features)
    for group in range(file.num_row_groups):
        column = file.read_row_group(group, columns=["features"])["features"].combine_chunks()
        yield np.ascontiguousarray(column.flatten().to_numpy().reshape(-1, COLUMNS), np.float32)


def keep_fit(args: argparse.Namespace, components, shares) -> None:
    """For the comparison with an exact SVD."""
    import numpy as np

    args.output.mkdir(exist_ok=True)
    np.savez(args.output / "fit.npz", components=np.asarray(components), shares=np.asarray(shares))
