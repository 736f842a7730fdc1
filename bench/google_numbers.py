"""Runs a Google Benchmark program and prints some of its times as lines for the table of ./test.sh --slow.

    python bench/google_numbers.py build/dev/bench/io/bench_io 'ListPhotos|list 100,000 photos|s|1.5'

Each argument after the program is NAME|TITLE|UNIT|AT_MOST: the benchmark's name up to its '/real_time' ending, what the table
calls it, the unit of the value, and its upper bound (may be empty). The median of three repetitions counts.
"""

import json
import statistics
import subprocess
import sys

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}


def main() -> None:
    program, *wanted = sys.argv[1:]
    names = [entry.split("|") for entry in wanted]
    pattern = "|".join(f"^{name}(/.*)?$" for name, *_ in names)
    command = [program, f"--benchmark_filter={pattern}", "--benchmark_repetitions=3", "--benchmark_format=json"]
    results = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["benchmarks"]
    for name, title, unit, at_most in names:
        times = [
            result["real_time"] * SECONDS[result["time_unit"]]
            for result in results
            if result["run_type"] == "iteration" and (result["run_name"] == name or result["run_name"].startswith(name + "/"))
        ]
        if not times:
            sys.exit(f"{program} has no benchmark {name}")
        line = {"number": title, "value": round(statistics.median(times) / SECONDS[unit], 5), "unit": unit}
        if at_most:
            line["at_most"] = float(at_most)
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
