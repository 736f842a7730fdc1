"""Where a photo's processor time goes in `fruits run`, and how far that is from what the CPU can do.

    python bench/end_to_end/profile.py --model resnet50 [--photos 2000]

Needs Linux's perf. Samples are grouped by library and function (GROUPS); a group's time is its share of the samples times the
process's CPU time. Limits come from fruits_bench_limits. Prints a Markdown table.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import setting
from support.int8_model import ensure_int8

# The first that matches `library function` has the sample.
GROUPS = {
    "network": r"openvino|libtbb|\[JIT\]|perf-\d+\.map|//anon|memfd",
    "JPEG decoding": r"libjpeg|turbojpeg|jpeg_|jsimd_|Jpeg",
    "resize": r"Horizontal(Pass|Group)|Vertical(Pass|Group)|Resize",
    "thumbnail": r"webp|VP8|Thumbnail",
    "statistics": r"openblas|lapack|[dDsS]gemm|syrk|Moments|AddAll|blas",
    "Parquet, CSV, pictures": r"libarrow|libparquet|zstd|ZSTD|snappy|Svg|report",
    "SHA-256": r"[sS]ha256|SHA",
    "kernel": r"\[kernel|\[k\]|vmlinux|\[unknown\]",
}
REST = "everything else"


def perf_groups(data: Path) -> dict[str, float]:
    """Share of the samples of each group, and of the functions in the rest that have most."""
    command = ["perf", "report", "-i", data, "--stdio", "--sort", "dso,symbol", "-g", "none", "-w", "60,160", "-F", "period,dso,symbol"]
    out = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=True).stdout
    found: dict[str, float] = defaultdict(float)
    rest: dict[str, float] = defaultdict(float)
    for line in out.splitlines():
        match = re.match(r"\s*(\d+)\s+(.*)", line)
        if not match:
            continue
        name = next((group for group, pattern in GROUPS.items() if re.search(pattern, match[2])), REST)
        found[name] += float(match[1])
        if name == REST:
            rest[match[2]] += float(match[1])
    total = sum(found.values())
    for name, period in sorted(rest.items(), key=lambda item: -item[1])[:8]:
        print(f"# of the rest, {100 * period / total:.2f} %: {' '.join(name.split())}")
    return {name: period / total for name, period in found.items()}


def limits() -> dict[str, float]:
    """A second: multiplications of f32 and of int8, bytes of memory; of all threads."""
    lines = subprocess.run([setting.BUILD / "bench/model/fruits_bench_limits"], capture_output=True, text=True, check=True).stdout
    return {limit["limit"]: limit["value"] * 1e9 for limit in map(json.loads, lines.splitlines())}


def multiplications(store: Path, model: str) -> float:
    """Of the network for a photo."""
    import openvino as ov

    graph = ov.Core().read_model(store / model / json.loads((store / model / "bundle.json").read_text())["model_file"])
    graph.reshape({graph.input(0): [1, *list(graph.input(0).partial_shape.get_max_shape())[1:]]})
    total = 0
    for node in graph.get_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution"):
            weights, result = node.input(1).get_shape(), node.output(0).get_shape()
            grouped = node.get_type_name() == "GroupConvolution"
            per_result = weights[2:] if grouped else weights[1:]
            total += int(result.size if hasattr(result, "size") else _product(result)) * _product(per_result)
    return total


def _product(numbers) -> int:
    product = 1
    for number in numbers:
        product *= int(number)
    return product


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="resnet50")
    parser.add_argument("--photos", type=int, default=2000)
    arguments = parser.parse_args()
    base = arguments.model.removesuffix("-int8")
    store = setting.store(base)
    photos = setting.two_thousand_photos()
    if base != arguments.model:
        ensure_int8(store, base, sorted(photos.rglob("*.jpg"))[:: max(1, 2000 // 100)])
    peak = limits()
    with tempfile.TemporaryDirectory(prefix="fruits-profile-") as folder:
        command = [setting.FRUITS, "run", photos, "-o", f"{folder}/out", "--model", arguments.model, "--limit", arguments.photos,
                   "--force", "--progress", "none"]  # fmt: skip
        perf = ["perf", "record", "-e", "cpu-clock", "-F", "499", "-o", f"{folder}/perf.data", *command]
        environment = {**setting.models_for_tests.command_environment(), "FRUITS_MODELS": str(store)}
        before = os.times()
        subprocess.run([str(c) for c in perf], env=environment, check=True, capture_output=True)
        after = os.times()
        groups = perf_groups(Path(folder, "perf.data"))
        record = json.loads(Path(folder, "out/run.json").read_text())
    photo_ms = 1000 * (after.children_user + after.children_system - before.children_user - before.children_system) / arguments.photos
    print(f"{setting.machine()}; {arguments.model}, {arguments.photos} photos, {record['images_per_second']:.1f} images/s\n")
    print("| part | CPU ms a photo | share |\n| --- | ---: | ---: |")
    for name in [*GROUPS, REST]:
        print(f"| {name} | {photo_ms * groups.get(name, 0):.3f} | {100 * groups.get(name, 0):.1f} % |")
    print(f"| all | {photo_ms:.2f} | 100 % |\n")
    precision = "int8" if arguments.model.endswith("int8") else "f32"
    done, most = multiplications(store, arguments.model), peak[precision]
    cores = len(os.sched_getaffinity(0))
    network_ms = photo_ms * groups.get("network", 0)
    least = 1000 * done * cores / most
    print(f"The network multiplies {done / 1e9:.3f} x 10^9 times a photo; this CPU's most in {precision} is {most / 1e9:.1f} x 10^9 a second "
          f"on {cores} cores: {least:.2f} ms, {100 * least / network_ms:.0f} % of what it took. Memory: {peak['memory'] / 1e9:.1f} GB/s.")  # fmt: skip


if __name__ == "__main__":
    main()
