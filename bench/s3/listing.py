"""How soon a run over 100,000 objects computes its first features, and when it knows how many there are.

    python bench/s3/listing.py

versitygw serves 100,000 hard links to 2,000 photos in 131 folders, kept in the tests' cache folder. The run is interrupted once
everything is listed.
"""

import argparse
import hashlib
import os
import pathlib
import shutil
import statistics
import tempfile

import places
import setting
from models_for_tests import cache_folder
from support.s3_proxy import S3Proxy
from support.s3_server import VersityGw

OBJECTS = 100_000
FOLDERS = 131
BUCKET = "many"
MODEL = "efficientnet-lite0"


def many_objects() -> pathlib.Path:
    """A folder for a server with OBJECTS keys in the bucket; made once."""
    root = cache_folder() / "s3-many"
    if (root / ".complete").exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    (root / "photos").mkdir(parents=True)
    photos = []
    for index, photo in enumerate(sorted(setting.two_thousand_photos().rglob("*.jpg"))):
        photos.append(root / f"photos/{index}.jpg")
        shutil.copyfile(photo, photos[-1])
        os.setxattr(photos[-1], "user.etag", f'"{hashlib.md5(photo.read_bytes()).hexdigest()}"'.encode())
    bucket = root / "versitygw-data" / BUCKET
    for folder in range(FOLDERS):
        (bucket / f"Kind {folder:03}").mkdir(parents=True)
    for index in range(OBJECTS):
        os.link(photos[index % len(photos)], bucket / f"Kind {index % FOLDERS:03}/{index}_100.jpg")
    (root / ".complete").touch()
    return root


def one_round(index: int, place: places.Place) -> tuple[float, float, float]:
    """Seconds from exec to the first features and to the end of the listing, and from Ctrl-C to the exit."""
    run = places.run(place, MODEL, "run", f"s3://{BUCKET}", "-o", place.at(f"run-{index}"), "--model", MODEL,
                     stop_at=lambda event: event["phase"] == "featurizing" and event["total"] > 0 and event["done"] > 0)  # fmt: skip
    listed = places.all_listed(run)
    at, event = next((at, event) for at, event in run.events if at >= listed)
    if event["total"] != OBJECTS:
        raise SystemExit(f"{event['total']} photos listed, {OBJECTS} expected")
    print(f"# first features after {places.first_photo(run):.2f} s; all listed after {at:.2f} s, {event['done']} photos done by then; "
          f"CPU {run.cpu:.1f} s, server and proxy {run.others_cpu:.1f} s, peak {run.peak_bytes / 1e6:.0f} MB", flush=True)  # fmt: skip
    return places.first_photo(run), listed, run.wall - run.events[-1][0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--latency-ms", type=float, default=30)
    arguments = parser.parse_args()
    root = many_objects()
    print(f"# {setting.machine()}; {MODEL}")
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder, VersityGw(root) as server:
        with S3Proxy(server, arguments.latency_ms) as proxy:
            warm = places.Place(f"{folder}/warm")
            places.run(warm, MODEL, "run", str(setting.two_thousand_photos()), "-o", warm.at("out"), "--model", MODEL, "--limit", "64")
            for latency, reached in ((0, None), (arguments.latency_ms, proxy)):
                place = places.behind(server, reached, f"{folder}/{latency}")
                rounds = [one_round(i, place) for i in range(arguments.rounds)]
                first, listed, _ = (statistics.median(values) for values in zip(*rounds, strict=True))
                name = f"{OBJECTS:,} objects, {latency:g} ms a request: start"
                setting.number(f"{name} to the first features", first, "s", at_most=3.0)
                setting.number(f"{name} to the end of the listing", listed, "s")
            print(f"# listing requests through the proxy: {proxy.requests('LIST')['requests']} in {arguments.rounds} runs")


if __name__ == "__main__":
    main()
