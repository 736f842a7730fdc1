"""OpenVINO's own loop with the throughput hint (bench/model/openvino_loop.cc): its best batch, bytes or floats in.

A short loop of each chooses; fastest.py has the same rule for the others.
"""

import json
import pathlib
import subprocess
import sys

import fastest
import job

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "end_to_end"), str(HERE.parents[2] / "rivals")]

import models  # noqa: E402
import setting  # noqa: E402


def main() -> None:
    args = job.arguments()
    clock = job.Clock()
    name = models.our_model(args.precision)
    command = [setting.INFERENCE, "--model", setting.store(name) / name, "--mode", "openvino", "--precision", args.precision]
    command += ["--images", args.limit, "--search-images", fastest.SEARCH_IMAGES, "--batch", *job.BATCHES]
    out = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout
    best = next(line for line in map(json.loads, out.splitlines()) if line["what"] == "openvino best")
    # The loops run a whole number of batches.
    clock.report(photos=args.limit, seconds=args.limit / best["images_per_second"], way=f"batch {best['batch']}, {best['input']}")


main()
