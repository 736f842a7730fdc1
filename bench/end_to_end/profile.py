"""Where a photo's processor time goes in `fruits run`, and how far that is from what the CPU can do.

    python bench/end_to_end/profile.py --model resnet50 [--photos 2000]

Needs Linux's perf. Samples are grouped by library and function (GROUPS); a group's time is its share of the samples times the
process's CPU time. Prints two Markdown tables: the groups, and the least that a group's multiplications and its bytes would take at the
limits that fruits_bench_limits finds.
"""

import argparse
import dataclasses
import json
import os
import re
import subprocess
import tempfile
from collections import defaultdict
from pathlib import Path

import setting

# Functions of src/stats: BLAS is not where most of it runs. tests/python/bench/test_profile.py looks at the binary's symbols.
STATISTICS = (
    r"Moments|StandardScaler|LabelMeans|CentredBlock|AlignedBuffer|TwoThreads|Tridiagonal|Symmetric|\bPca\b|\bWidePca\b|\bGram\b"
    r"|fruits::(\(anonymous namespace\)::)?(Reduction::|(Add(All\w*|Column|Products)|Centre(Rows|Tile)|Check(Finite|PcaOptions|Width)"
    r"|CompleteRow|ComponentCount|Components|Dot|FillGram|FitScaler|LargestFirst|Merge(BlockScatter|Extremes|Means|ScatterRow)"
    r"|Multiply(Avx2|Avx512|Held|Plain)|Orient|PanelProducts|ScaledCovariance|ScaleTile|TwoSum|WritePanel)\b)"
)

# The first that matches `library function` has the sample.
GROUPS = {
    "network": r"openvino|libtbb|\[JIT\]|perf-\d+\.map|//anon|memfd",
    "JPEG decoding": r"libjpeg|turbojpeg|jpeg_|jsimd_|Jpeg",
    "resize": r"(Horizontal|Vertical)(Pass|Group|Row)|NearestPixels|Resize",
    "thumbnail": r"webp|VP8|Thumbnail",
    "statistics": r"openblas|lapack|[dDsS]gemm|syrk|blas|" + STATISTICS,
    "Parquet, CSV, pictures": r"libarrow|libparquet|zstd|ZSTD|snappy|Svg|report",
    "SHA-256": r"[sS]ha256|SHA",
    "kernel": r"\[kernel|\[k\]|vmlinux|\[unknown\]",
}
REST = "everything else"


def group_of(function: str) -> str:
    """`function`: as perf has it, `library [.] name`, the name without its arguments."""
    return next((group for group, pattern in GROUPS.items() if re.search(pattern, function)), REST)


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
        name = group_of(match[2])
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
    found = {limit["limit"]: limit["value"] * 1e9 for limit in map(json.loads, lines.splitlines())}
    # A register holds half as many doubles as floats, and twice as many 16-bit integers, which two are summed.
    return {**found, "f64": found["f32"] / 2, "int16": found["f32"] * 2}


@dataclasses.dataclass(frozen=True)
class Work:
    """Of one photo."""

    multiplications: float
    kind: str  # whose limit counts: f32, f64, int16 or int8
    moved: float  # bytes read and written, if no cache held any


def network_work(store: Path, model: str, kind: str) -> Work:
    """Of its convolutions; weights are read once a batch of 4."""
    import openvino as ov

    graph = ov.Core().read_model(store / model / json.loads((store / model / "bundle.json").read_text())["model_file"])
    graph.reshape({graph.input(0): [1, *list(graph.input(0).partial_shape.get_max_shape())[1:]]})
    multiplied = moved = 0.0
    for node in graph.get_ops():
        if node.get_type_name() in ("Convolution", "GroupConvolution"):
            weights, result = node.input(1).get_shape(), node.output(0).get_shape()
            grouped = node.get_type_name() == "GroupConvolution"
            per_result = weights[2:] if grouped else weights[1:]
            multiplied += _product(result) * _product(per_result)
            moved += _product(node.input(0).get_shape()) + _product(result) + _product(weights) / 4
    return Work(multiplied, kind, moved * (1 if kind == "int8" else 4))


def small_work(columns: int, side: int) -> dict[str, Work]:
    """What is known of the rest: photos of 100 x 100, four taps of a bicubic in each direction, a 32-bit weight as two of 16."""
    pixels, taken = 3 * side * side, 3 * 100 * 100
    return {
        "resize": Work(2 * 4 * (3 * 100 * side + pixels), "int16", taken + pixels),
        # Half of the outer product, and a matrix of sums that the rows of a block of 256 share.
        "statistics": Work(columns * columns / 2, "f64", columns * 4 + columns * columns * 8 * 2 / 256),
        "Parquet, CSV, pictures": Work(0, "f32", 2 * (columns * 4 + 1500)),
    }


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
    store = setting.store(arguments.model)
    photos = setting.two_thousand_photos()
    peak = limits()
    with tempfile.TemporaryDirectory(prefix="fruits-profile-") as folder:
        command = [setting.FRUITS, "run", photos, "-o", f"{folder}/out", "--model", arguments.model, "--limit", arguments.photos,
                   "--progress", "none"]  # fmt: skip
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
    bundle = json.loads((store / arguments.model / "bundle.json").read_text())
    kind = "int8" if arguments.model.endswith("int8") else "f32"
    work = {"network": network_work(store, arguments.model, kind), **small_work(bundle["dimension"], bundle["input"]["width"])}
    cores = len(os.sched_getaffinity(0))
    print("| part | multiplications | least ms for them | bytes moved | least ms for them | ms taken | multiplying |\n"
          "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")  # fmt: skip
    for name, of in work.items():
        taken, multiplying = photo_ms * groups.get(name, 0), 1000 * cores * of.multiplications / peak[of.kind]
        print(f"| {name} ({of.kind}) | {of.multiplications / 1e6:.2f} M | {multiplying:.3f} | {of.moved / 1e6:.2f} MB | "
              f"{1000 * cores * of.moved / peak['memory']:.3f} | {taken:.3f} | {100 * multiplying / taken if taken else 0:.0f} % |")  # fmt: skip
    print("\n# limits of these cores, 10^9 a second: " + ", ".join(f"{name} {value / 1e9:.1f}" for name, value in peak.items()))


if __name__ == "__main__":
    main()
