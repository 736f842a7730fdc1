"""`fruits plan` on a sample against the run that it forecasts: 22,688 photos on this machine.

    python bench/plan/forecast.py                       # EfficientNet-Lite0
    python bench/plan/forecast.py --model resnet50      # about ten minutes on two cores

The plan and the run follow each other, `--rounds` times; the ratio is that of the seconds told to those that the run took: the
forecast is to be within 10 % of the run. On a machine that others use both change by the minute, so the ratio of CPU times stands
beside it: the plan's CPU time a photo to the run's.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "end_to_end"))

import setting  # noqa: E402


def forecast(photos: Path, model: str, count: int, sample: int, flags: list[str]) -> tuple[float, float]:
    """Seconds of the whole run, and CPU seconds a photo, projecting and pictures included."""
    command = [setting.FRUITS, "plan", photos, "--images", count, "--model", model, "--sample", sample, "--json", *flags]
    environment = {**setting.models_for_tests.command_environment(), "FRUITS_MODELS": str(setting.store(model))}
    done = subprocess.run([str(c) for c in command], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    cost = json.loads(done.stdout)["costs"][0]
    return cost["here_seconds"]["expected"], cost["core_seconds"] + cost["after_seconds"] + cost["picture_seconds"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--precision", default="f32", help="f32, or int8 of a model that has it")
    parser.add_argument("--sample", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--limit", type=int, default=0, help="a run of so many photos; 0: all")
    arguments = parser.parse_args()
    photos = setting.all_photos()
    flags = ["--precision", arguments.precision]
    limit = ["--limit", str(arguments.limit)] if arguments.limit else []
    count = arguments.limit or 22_688
    print(f"# {setting.machine()}; {arguments.model} in {arguments.precision}", flush=True)
    wall, cpu = [], []
    for _ in range(arguments.rounds):
        told, told_cpu = forecast(photos, arguments.model, count, arguments.sample, flags)
        run = setting.run(photos, arguments.model, *flags, *limit)
        total = run.record["seconds"]["total"]
        used = run.record["use"]["cpu_seconds"] / count
        print(f"# forecast {told:.1f} s, run {total:.1f} s ({count / total:.1f} images/s); "
              f"CPU a photo: {1000 * told_cpu:.2f} ms told, {1000 * used:.2f} ms used", flush=True)  # fmt: skip
        wall.append(told / total)
        cpu.append(told_cpu / used)
    name = f"{count:,} photos, {arguments.model} {arguments.precision}"
    setting.number(f"forecast over run of {name}", statistics.median(wall), "times", at_least=0.9, at_most=1.1)
    setting.number(f"CPU time a photo told over used, {name}", statistics.median(cpu), "times")


if __name__ == "__main__":
    main()
