"""CPU time of decoding a photo and resizing it to 224 x 224 (bicubic), Pillow's and ours, on the same photos.

Alternating rounds of one run, because machines differ from minute to minute. The targets: decode and resize together at
most a half of Pillow's time, the resize alone at most a sixth.

    .venv/bin/python bench/image/against_pillow.py [--photos 500] [--rounds 7] [--build build/dev]
"""

import argparse
import json
import io
import os
import pathlib
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time

import PIL
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
TARGETS = {"resize": 1 / 6, "decode + resize": 1 / 2}


def unpack(archive: pathlib.Path, folder: pathlib.Path, count: int) -> list[bytes]:
    """`count` photos spread over the archive, also written to `folder`."""
    with tarfile.open(archive) as tar:
        members = [member for member in tar if member.isfile() and member.name.endswith(".jpg")]
        photos = [tar.extractfile(member).read() for member in members[:: max(1, len(members) // count)][:count]]
    for number, photo in enumerate(photos):
        (folder / f"{number:05}.jpg").write_bytes(photo)
    return photos


def pillow_round(photos: list[bytes]) -> tuple[float, float, float]:
    """Microseconds a photo: decode, resize, both in one loop."""
    per_photo = 1e6 / len(photos)
    start = time.process_time()
    for photo in photos:
        Image.open(io.BytesIO(photo)).convert("RGB").resize((224, 224), Image.Resampling.BICUBIC)
    both = time.process_time() - start
    start = time.process_time()
    images = [Image.open(io.BytesIO(photo)).convert("RGB") for photo in photos]
    decode = time.process_time() - start
    start = time.process_time()
    for image in images:
        image.resize((224, 224), Image.Resampling.BICUBIC)
    return decode * per_photo, (time.process_time() - start) * per_photo, both * per_photo


def our_round(program: pathlib.Path, folder: pathlib.Path) -> tuple[float, float, float]:
    done = subprocess.run([program, "--bench", "1", folder], stdout=subprocess.PIPE, text=True, check=True)
    decode, resize, both = map(float, done.stdout.split())
    return decode, resize, both


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--build", default=os.environ.get("FRUITS_BUILD_DIR", "build/dev"))
    parser.add_argument("--data", type=pathlib.Path, default=os.environ.get("FRUITS_TEST_DATA", ROOT.parent / "shared"))
    options = parser.parse_args()
    program = ROOT / options.build / "tests/tools/pixels/fruits_pixels"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        photos = unpack(pathlib.Path(options.data) / "fruits360/test.tar", folder, options.photos)
        rounds = [(pillow_round(photos), our_round(program, folder)) for _ in range(options.rounds)]
    print(f"{len(photos)} photos, {options.rounds} rounds, CPU microseconds a photo (median); Pillow {PIL.__version__}")
    print(f"{'':16} {'Pillow':>8} {'ours':>8} {'ours/Pillow':>12} {'target':>8}")
    missed = False
    for column, what in enumerate(("decode", "resize", "decode + resize")):
        theirs = statistics.median(r[0][column] for r in rounds)
        mine = statistics.median(r[1][column] for r in rounds)
        ratio = statistics.median(r[1][column] / r[0][column] for r in rounds)
        target = TARGETS.get(what)
        missed |= target is not None and ratio > target
        number = {"number": f"{what}, ours of Pillow's CPU time", "value": round(ratio, 4), "unit": "ratio"}
        print(json.dumps(number if target is None else {**number, "at_most": round(target, 4)}))
        print(f"{what:16} {theirs:8.1f} {mine:8.1f} {ratio:12.3f} {'' if target is None else f'{target:8.3f}'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
