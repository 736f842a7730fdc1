"""Daft as its guide to images has it: download, decode and resize as expressions, the model in a class whose method takes batches.

Its resize has one filter, not the bicubic one, so features differ a little. ONNX Runtime runs in the class, in Daft's own process.
"""

import job

clock = job.Clock()

import daft  # noqa: E402
import numpy as np  # noqa: E402
from daft import DataType, col  # noqa: E402
from daft.functions import decode_image, download, resize  # noqa: E402

BATCH = 16


@daft.cls(use_process=False, max_concurrency=1)
class Featurizer:
    def __init__(self, folder: str, precision: str, threads: int) -> None:
        from session_onnx import Network

        self.network = Network(folder, precision, threads)

    @daft.method.batch(return_dtype=DataType.fixed_size_list(DataType.float32(), 2048), batch_size=BATCH)
    def features(self, images: daft.Series):
        import pixels

        return list(self.network.features(pixels.planes(np.stack(images.to_pylist()))))


def main() -> None:
    args = job.arguments()
    paths = job.listing(args)
    network = Featurizer(str(args.model), args.precision, args.threads)
    image = resize(decode_image(download(col("path")), mode="RGB"), job.SIDE, job.SIDE)
    made = daft.from_pydict({"path": paths}).select(col("path"), network.features(image).alias("features")).to_arrow()
    rows = np.asarray(made["features"].combine_chunks().flatten()).reshape(len(paths), -1)
    order = np.argsort(np.array(made["path"].to_pylist()))  # as listing() has them
    featurized = clock.seconds()
    job.finish(args, paths, rows[order])
    clock.report(photos=len(paths), featurized=featurized)


if __name__ == "__main__":  # workers may import this file
    main()
