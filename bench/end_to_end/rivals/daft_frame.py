"""Daft as its guide to images has it: url download, image decode and resize as expressions, the model in a class UDF.

Its resize offers no choice of filter, so features differ a little. ONNX Runtime runs in the UDF.
"""

import job

clock = job.Clock()

import daft  # noqa: E402
import numpy as np  # noqa: E402
from daft import DataType, col  # noqa: E402

BATCH = 16


@daft.udf(return_dtype=DataType.fixed_size_list(DataType.float32(), 2048), batch_size=BATCH, concurrency=1)
class Featurizer:
    def __init__(self, folder: str, precision: str, threads: int) -> None:
        from session_onnx import Network

        self.network = Network(folder, precision, threads)

    def __call__(self, images: daft.Series):
        import pixels

        rows = np.stack([np.asarray(image).reshape(job.SIDE, job.SIDE, 3) for image in images.to_pylist()])
        return list(self.network.features(pixels.planes(rows)))


def main() -> None:
    args = job.arguments()
    paths = job.listing(args)
    frame = daft.from_pydict({"path": paths})
    image = col("path").url.download().image.decode(mode="RGB").image.resize(job.SIDE, job.SIDE)
    featurizer = Featurizer.with_init_args(str(args.model), args.precision, args.threads)
    made = frame.select(col("path"), featurizer(image).alias("features")).to_arrow()
    rows = np.asarray(made["features"].combine_chunks().flatten()).reshape(len(paths), -1)
    order = np.argsort(np.array(made["path"].to_pylist()))  # listing() is sorted
    featurized = clock.seconds()
    job.finish(args, paths, rows[order])
    clock.report(photos=len(paths), featurized=featurized)


main()
