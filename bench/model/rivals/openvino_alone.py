"""OpenVINO's own loop with the throughput hint (bench/model/openvino_loop.cc): the fastest of its batches, bytes or floats in."""

import json
import pathlib
import subprocess
import sys

import job

HERE = pathlib.Path(__file__).resolve()
sys.path[:0] = [str(HERE.parents[2] / "end_to_end"), str(HERE.parents[2] / "rivals")]

import models  # noqa: E402
import setting  # noqa: E402


def main() -> None:
    args = job.arguments()
    clock = job.Clock()
    model = setting.store("resnet50") / models.our_model(args.precision)
    command = [setting.INFERENCE, "--model", model, "--mode", "openvino", "--precision", args.precision, "--images", args.limit]
    out = subprocess.run([*map(str, command), "--batch", *map(str, job.BATCHES)], capture_output=True, text=True, check=True).stdout
    best = next(line for line in map(json.loads, out.splitlines()) if line["what"] == "openvino best")
    # The loops run a whole number of batches.
    clock.report(photos=args.limit, seconds=args.limit / best["images_per_second"], batch=best["batch"])


main()
