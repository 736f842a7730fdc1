"""Images/s of the job on Spark local[2] against `fruits run`: 3,000 photos, ResNet50, in turns.

    python bench/spark/against_command.py [--model resnet50] [--rounds 2]

Both by their own run.json: computed photos over the seconds of the featurizing phase. The session's Python workers are up before the
first round, and each run of a round loads its engine anew, as the command does.
"""

import argparse
import pathlib
import statistics
import tempfile

import session
import setting
from support.chain import run_json, unpack

PHOTOS = 3_000
TARGET = 0.85


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    cache = setting.models_for_tests.cache_folder()
    photos = unpack(setting.archive(), cache / "photos-3000", 7, PHOTOS)
    few = photos / "Test/Lychee"
    store = setting.store(options.model)
    session.prepare()
    spark = session.start()
    from fruits.spark import run

    print(f"{setting.machine()}; {PHOTOS} photos, {options.model}", flush=True)
    rates: dict[str, list[float]] = {"command": [], "spark": []}
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder:
        work = pathlib.Path(folder)
        run(spark, few, work / "warm", models=store, model=options.model)
        for index in range(options.rounds):
            done = setting.run(photos, options.model)
            rates["command"].append(done.record["images_per_second"])
            run(spark, photos, work / f"spark-{index}", models=store, model=options.model)
            rates["spark"].append(run_json(work / f"spark-{index}")["images_per_second"])
            print({name: round(values[-1], 1) for name, values in rates.items()}, flush=True)
    spark.stop()
    ratio = statistics.median(s / c for s, c in zip(rates["spark"], rates["command"], strict=True))
    setting.number(f"{options.model} on Spark local[2], of the command's images/s", ratio, "", at_least=TARGET)


main()
