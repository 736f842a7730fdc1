"""Images/s of `fruits run` between buckets with 30 ms added to every request, against local files; alternating.

    python bench/s3/latency.py --model resnet50-int8

versitygw and the proxy before it share the machine with the run, as S3 would not. What they cost is said beside: they take
CPU time that the local run has for itself, so the ratio is also given with the cores' share of it taken off the run's seconds.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile

import places
import setting
from support.s3_proxy import S3Proxy
from support.s3_server import VersityGw

TARGET = 0.9
PEAK_MB = 900
READS = 64  # kS3Reads of src/io/storage.cc
BUCKET = "photos"


def rate(run: places.Run, record: dict) -> float:
    return record["counts"]["photos"] / run.wall


def one_round(index: int, model: str, here: places.Place, there: places.Place, photos: pathlib.Path, count: int) -> dict:
    out = f"{model}-{index}"
    runs = {}
    for name, place, source in (("local", here, str(photos)), ("s3", there, f"s3://{BUCKET}")):
        run = places.run(place, model, "run", source, "-o", place.at(out), "--model", model, "--limit", str(count))
        record = place.record(out)
        runs[name] = (run, record)
        seconds = record["seconds"]
        print(f"# {name}: {rate(run, record):.1f} images/s, {run.wall:.2f} s, CPU {run.cpu:.2f} s, peak {run.peak_bytes / 1e6:.0f} MB; "
              + ", ".join(f"{k} {v:.2f}" for k, v in seconds.items() if not k.startswith("threads_")))  # fmt: skip
    (local, local_record), (remote, remote_record) = runs["local"], runs["s3"]
    print(f"# server and proxy used {remote.others_cpu:.2f} s of CPU meanwhile", flush=True)
    photos_done = local_record["counts"]["photos"]
    if remote_record["counts"]["photos"] != photos_done:
        sys.exit(f"{remote_record['counts']['photos']} photos of the bucket, {photos_done} of the folder")
    cores = len(os.sched_getaffinity(0))
    return {
        "whole": local.wall / remote.wall,
        "steady": local_record["seconds"]["featurizing"] / remote_record["seconds"]["featurizing"],
        "corrected": local.wall / (remote.wall - remote.others_cpu / cores),
        "cpu": remote.cpu / local.cpu,
        "peak": remote.peak_bytes,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--latency-ms", type=float, default=30)
    arguments = parser.parse_args()
    model = arguments.model
    photos = setting.two_thousand_photos()
    setting.store(model)  # int8 is quantized the first time
    print(f"# {setting.machine()}; {model}")
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder, VersityGw(folder) as server:
        server.make_bucket(BUCKET)
        server.make_bucket("out")
        server.upload_tree(photos, BUCKET)
        with S3Proxy(server, arguments.latency_ms) as proxy:
            here, there = places.Place(f"{folder}/out"), places.behind(server, proxy, "s3://out")
            places.run(here, model, "run", str(photos), "-o", here.at("warm"), "--model", model, "--limit", "64")
            rounds = [one_round(i, model, here, there, photos, arguments.photos) for i in range(arguments.rounds)]
            stats = proxy.stats()
    requests = {name: operation["requests"] for name, operation in stats["operations"].items()}
    print(f"# requests of all rounds: {requests}; most at once {stats['in_flight_max']}, connections {stats['connections']}")
    middle = {name: statistics.median(r[name] for r in rounds) for name in rounds[0]}
    name = f"S3 with {arguments.latency_ms:g} ms a request, {arguments.photos:,} photos, {model}"
    setting.number(name, middle["whole"], "of local files", at_least=TARGET)
    setting.number(f"{name}, without start and end", middle["steady"], "of local files")
    setting.number(f"{name}, without the server's and proxy's CPU time", middle["corrected"], "of local files")
    setting.number(f"CPU time of the whole process on S3, {model}", middle["cpu"], "of local files")
    setting.number(f"peak memory with {READS} reads in flight, {model}", max(r["peak"] for r in rounds) / 1e6, "MB", at_most=PEAK_MB)


if __name__ == "__main__":
    main()
