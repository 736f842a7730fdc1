"""The whole `fruits run` process on 2,000 photos against OpenVINO alone on prefilled input, alternating.

    python bench/end_to_end/speed.py --model resnet50

OpenVINO alone is, in each round, the best of batches 1, 4, 8, 16 and 32 with throughput streams, on u8 and on f32 input, and of
`benchmark_app -hint throughput` where it is installed: whatever was fastest is the reference of that round.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import setting

IMAGES = {"resnet50": 160, "efficientnet-lite0": 800}  # of each loop: about 4 s
TARGETS = {"resnet50": 0.93, "efficientnet-lite0": 0.85}
STEADY_TARGETS = {"resnet50": 0.96}


def openvino_alone(model: str, images: int) -> tuple[float, int, str]:
    """Images/s, batch and kind of input of the fastest loop."""
    command = [setting.INFERENCE, "--model", setting.store(model) / model, "--mode", "openvino", "--images", images]
    out = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout
    lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    best = next(line for line in lines if line["what"] == "openvino best")
    return best["images_per_second"], best["batch"], best["input"]


def benchmark_app(model: str, seconds: int) -> float:
    """What OpenVINO's own tool says for this model in f32; 0 where it is not installed."""
    tool = Path(sys.executable).with_name("benchmark_app")
    if not tool.exists():
        return 0
    config = '{"CPU": {"INFERENCE_PRECISION_HINT": "f32"}}'
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(config)
        file.flush()
        command = [tool, "-m", setting.store(model) / model / "model.xml", "-d", "CPU", "-hint", "throughput", "-t", seconds,
                   "-load_config", file.name, "-shape", "[1,3,224,224]"]  # fmt: skip
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    found = re.search(r"Throughput:\s+([\d.]+)", done.stdout)
    if not found:
        print(f"benchmark_app said no throughput:\n{done.stdout[-500:]}{done.stderr[-500:]}", file=sys.stderr)
        return 0
    return float(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, help="of each OpenVINO loop")
    parser.add_argument("--flag", action="append", default=[], help="passed on to fruits run")
    arguments = parser.parse_args()
    model = arguments.model
    photos = setting.two_thousand_photos()
    print(f"# {setting.machine()}; {model}")

    setting.run(photos, model, "--limit", "64", *arguments.flag)  # fills the cache of compiled models
    whole, steady, first, tail, peak = [], [], [], [], 0
    for index in range(arguments.rounds):
        loop, batch, kind = openvino_alone(model, arguments.images or IMAGES.get(model, 200))
        app = benchmark_app(model, 5)
        alone = max(loop, app)
        measured = setting.run(photos, model, *arguments.flag)
        count = measured.record["counts"]["photos"]
        seconds = measured.record["seconds"]
        chain = count / measured.wall
        between = count / seconds["featurizing"]
        whole.append(chain / alone)
        steady.append(between / alone)
        first.append(measured.first_event + seconds["to_first_features"])
        tail.append(measured.wall - measured.last_photo)
        peak = max(peak, measured.peak_bytes)
        print(f"# round {index + 1}: OpenVINO alone {loop:.1f} (batch {batch}, {kind}), benchmark_app {app:.1f}, fruits run {chain:.1f} images/s ({measured.wall:.2f} s), "
              f"featurizing alone {between:.1f}; ratios {whole[-1]:.3f} and {steady[-1]:.3f}")  # fmt: skip
        print("#   seconds: " + ", ".join(f"{name} {value:.3f}" for name, value in seconds.items()))
    bound = {"at_least": TARGETS[model]} if model in TARGETS else {}
    setting.number(f"whole run of 2,000 photos, {model}", statistics.median(whole), "of OpenVINO alone", **bound)
    bound = {"at_least": STEADY_TARGETS[model]} if model in STEADY_TARGETS else {}
    setting.number(f"the same without start and end, {model}", statistics.median(steady), "of OpenVINO alone", **bound)
    setting.number(f"start to the first features, {model}", statistics.median(first), "s", at_most=1.0)
    setting.number(f"after the last photo, {model}", statistics.median(tail), "s", at_most=1.5)
    setting.number(f"peak memory, 2,000 photos, {model}", peak / 1e6, "MB", at_most=900)


if __name__ == "__main__":
    main()
