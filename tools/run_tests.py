"""Builds and runs every test; called by ./test.sh, which sets up first.

The last line printed is 'N passed, N failed, N skipped'; the exit code is 0 only where nothing failed.
"""

import argparse
import os
import pathlib
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import test_steps  # noqa: E402
from models_for_tests import cache_folder, data_folder  # noqa: E402
from outcomes import FAILED, SKIPPED, Outcome, apply_strictness, count, summary_line  # noqa: E402

# In the order they run; each holds up the next only by its place.
STEPS = {
    "build": ("build/dev with everything in it, and the command", test_steps.build),
    "format": ("clang-format over every C++ file", test_steps.check_format),
    "cpp": ("C++ tests (ctest)", test_steps.run_ctest),
    "python": ("Python, command line, scenario, Spark and install tests (pytest)", test_steps.run_pytest),
    "tidy": ("clang-tidy over the shipped sources of the last commits, with --slow over all, that changed since they passed", test_steps.run_tidy),
    "fuzz": ("each fuzzer for a short while, under AddressSanitizer", test_steps.run_fuzzers),
    "asan-ubsan": ("C++ tests under AddressSanitizer and UBSan", test_steps.run_asan),
    "tsan": ("C++ tests under ThreadSanitizer", test_steps.run_tsan),
    "numbers": ("measured numbers against their targets", test_steps.run_numbers),
}
SLOW = ("numbers",)
NEED_SANITIZERS = {"fuzz": "asan-ubsan", "asan-ubsan": "asan-ubsan", "tsan": "tsan"}


def parse_arguments() -> argparse.Namespace:
    steps = "\n".join(f"  {name:<11} {meaning}{' (--slow)' if name in SLOW else ''}" for name, (meaning, _) in STEPS.items())
    parser = argparse.ArgumentParser(
        prog="./test.sh",
        description="Passes every test.",
        epilog=f"steps:\n{steps}\n\nEach step's output is kept in build/test-logs/.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--slow", action="store_true", help="also the slow tests and the measured numbers, as a table")
    parser.add_argument("--only", metavar="STEP,...", help="only these steps (build is not implied)")
    parser.add_argument("--numbers", metavar="TEXT", default="", help="of the numbers only those with this in their name")
    parser.add_argument("--fuzz-seconds", type=int, default=15, metavar="N", help="for each fuzzer (default 15)")
    arguments = parser.parse_args()
    chosen = arguments.only.split(",") if arguments.only else [s for s in STEPS if arguments.slow or s not in SLOW]
    for name in chosen:
        if name not in STEPS:
            parser.error(f"--only {name}: expected one of {', '.join(STEPS)}")
    arguments.steps = chosen
    return arguments


def show(outcomes: list[Outcome], seconds: float) -> None:
    for outcome in outcomes:
        if outcome.state in (FAILED, SKIPPED):
            print(f"   {outcome.state.upper()} {outcome.name}: {outcome.detail}".rstrip(": "))
    print(f"   {summary_line(outcomes)} in {seconds:.0f} s", flush=True)


def main() -> int:
    arguments = parse_arguments()
    data = data_folder()
    strict = data is not None or os.environ.get("CI") == "true"
    print(f"test data: {data or 'not there; tests that need it are skipped (set FRUITS_TEST_DATA)'}")
    context = test_steps.Context(
        slow=arguments.slow,
        fuzz_seconds=arguments.fuzz_seconds,
        numbers=arguments.numbers,
        data=data,
        cache=cache_folder(),
    )
    total = []
    sanitizer_builds = None
    for name in arguments.steps:
        if name in NEED_SANITIZERS and sanitizer_builds:
            sanitizer_builds.join()
        print(f"== {name}: {STEPS[name][0]}", flush=True)
        start = time.monotonic()
        try:
            outcomes = STEPS[name][1](context)
        except Exception as error:  # a fault of this runner must not hide as a pass
            traceback.print_exc()
            outcomes = [Outcome(name, FAILED, repr(error))]
        if strict:
            outcomes = apply_strictness(outcomes)
        show(outcomes, time.monotonic() - start)
        total += outcomes
        if name == "build" and count(outcomes, FAILED):
            break  # nothing else can run
        if name == "build" and (presets := {NEED_SANITIZERS[s] for s in arguments.steps if s in NEED_SANITIZERS}):
            sanitizer_builds = test_steps.start_sanitizer_builds(presets)
    print("")
    print(summary_line(total))
    return 1 if count(total, FAILED) or not total else 0


if __name__ == "__main__":
    sys.exit(main())
