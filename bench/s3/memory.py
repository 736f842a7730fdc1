"""Peak memory of `fruits run` on large photos in a bucket, with as many reads under way as there may be.

    python bench/s3/memory.py

JPEGs of 24 megapixels and about 8 MB each come with 30 ms of latency; 64 of them at once would be 500 MB.
"""

import argparse
import io
import pathlib
import tempfile

import numpy as np
import places
import setting
from PIL import Image
from support.s3_proxy import S3Proxy
from support.s3_server import VersityGw

SIZE = (6000, 4000)
BUCKET = "large"
MODEL = "efficientnet-lite0"


def large_photos(folder: pathlib.Path, count: int) -> int:
    """Writes them: seven pictures, and bytes behind their end that make each file another. The size of all."""
    random = np.random.default_rng(1)
    written = 0
    for kind in range(7):
        grain = random.integers(0, 100 + 20 * kind, (SIZE[1] // 2, SIZE[0] // 2, 3), np.uint8)
        content = io.BytesIO()
        Image.fromarray(grain).resize(SIZE, Image.Resampling.BILINEAR).save(content, "JPEG", quality=80)
        for index in range(kind, count, 7):
            photo = folder / f"Kind {kind}/{index}.jpg"
            photo.parent.mkdir(parents=True, exist_ok=True)
            written += photo.write_bytes(content.getvalue() + index.to_bytes(4))
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=150)
    arguments = parser.parse_args()
    print(f"# {setting.machine()}; {MODEL}")
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as name, VersityGw(pathlib.Path(name)) as server:
        server.make_bucket("out")
        size = large_photos(server.data / BUCKET, arguments.photos)
        with S3Proxy(server, 30) as proxy:
            place = places.behind(server, proxy, "s3://out")
            run = places.run(place, MODEL, "run", f"s3://{BUCKET}", "-o", place.at("run"), "--model", MODEL)
            counts, stats = place.record("run")["counts"], proxy.stats()
    assert counts["features"] == arguments.photos, counts
    mean = size / arguments.photos / 1e6
    print(f"# {arguments.photos} photos of {mean:.1f} MB in {run.wall:.1f} s; most requests at once {stats['in_flight_max']}, "
          f"{stats['bytes_sent'] / 1e6:.0f} MB sent")  # fmt: skip
    setting.number(f"peak memory, photos of {mean:.0f} MB on S3", run.peak_bytes / 1e6, "MB", at_most=900)


if __name__ == "__main__":
    main()
