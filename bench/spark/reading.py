"""Who should read the photos: Spark (binaryFile, photos travel to the workers) or the engine in the workers (paths travel).

    python bench/spark/reading.py [--rounds 3]

2,000 photos by ImageFeaturizer with EfficientNet-Lite0 on Spark local[2], from this disk and from versitygw (s3a:// against the engine's
own client), in turns; features are computed and thrown away. Prints seconds and their ratio.
"""

import argparse
import os
import pathlib
import statistics
import tempfile
import time

import session
import setting
from support.s3_server import VersityGw
from support.spark_settings import s3a_conf, s3a_jars

MODEL = "efficientnet-lite0"


def seconds(frame) -> float:
    begin = time.perf_counter()
    frame.write.format("noop").mode("overwrite").save()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    photos = setting.two_thousand_photos()
    store = str(setting.store(MODEL))
    session.prepare()
    print(f"{setting.machine()}; 2,000 photos, {MODEL}", flush=True)
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder, VersityGw(pathlib.Path(folder)) as server:
        server.make_bucket("photos")
        server.upload_tree(photos, "photos", "all")
        os.environ.update(server.environment({}))
        spark = session.start(conf={"spark.driver.extraClassPath": f"{s3a_jars()}/*", **s3a_conf(server)})
        from fruits.spark import ImageFeaturizer

        for name, place in {"disk": str(photos), "S3": "s3a://photos/all"}.items():
            files = spark.read.format("binaryFile").option("recursiveFileLookup", "true").option("pathGlobFilter", "*.jpg").load(place)
            paths = spark.createDataFrame(files.select("path").collect(), "path string").repartition(16).persist()
            assert paths.count() == 2_000
            stage = {"models": store, "cacheFeatures": False, "outputType": "array"}
            ways = {
                "binaryFile": ImageFeaturizer(inputCol="content", dropInputCol=True, **stage).transform(files),
                "engine": ImageFeaturizer(inputCol="path", **stage).transform(paths),
            }
            taken: dict[str, list[float]] = {way: [] for way in ways}
            for frame in ways.values():
                seconds(frame)
            for _ in range(options.rounds):
                for way, frame in ways.items():
                    taken[way].append(seconds(frame))
                print(name, {way: round(values[-1], 2) for way, values in taken.items()}, flush=True)
            ratio = statistics.median(b / e for b, e in zip(taken["binaryFile"], taken["engine"], strict=True))
            setting.number(f"binaryFile, in times of the engine's own reading, from {name}", ratio, "")
        spark.stop()


main()
