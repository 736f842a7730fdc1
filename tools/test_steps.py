"""The steps of ./test.sh. Each returns its outcomes and keeps its output in build/test-logs/."""

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import threading
import time
import tomllib

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/python"))

import numbers_table
from models_for_tests import command_environment, ensure_model
from outcomes import FAILED, PASSED, Outcome, read_junit
from source_files import ROOT, cpp_files
from support import go_tool
from support.s3_server import VERSITYGW

LOGS = ROOT / "build/test-logs"
VENV = ROOT / ".venv/bin"
JOBS = str(len(os.sched_getaffinity(0)))
TAIL_LINES = 60  # of a failed step's output that are shown
CLUSTER_TESTS = ("tests/spark", "tests/deploy")
TIDY_FOLDERS = ("src", "apps", "python")  # what is shipped
TIDY_COMMITS = 30  # whose sources a run without --slow looks at

# Paths relative to the tree, so that ccache serves another clone of it as well.
os.environ.setdefault("CCACHE_BASEDIR", str(ROOT))
os.environ.setdefault("CCACHE_NOHASHDIR", "1")


@dataclasses.dataclass
class Context:
    slow: bool
    fuzz_seconds: int
    numbers: str  # in the names of those that are wanted
    data: pathlib.Path | None
    cache: pathlib.Path

    def environment(self, build: str = "build/dev", models: bool = False) -> dict[str, str]:
        """What test programs are told; with `models`, also a store of real ones."""
        env = {**command_environment(), "FRUITS_CACHE": str(self.cache), "FRUITS_BUILD_DIR": str(ROOT / build)}
        env.pop("FRUITS_MODELS", None)  # the user's own store is no test's business
        if self.data:
            env["FRUITS_TEST_DATA"] = str(self.data)
        if models:
            env["FRUITS_TEST_MODELS"] = str(ensure_model("efficientnet-lite0"))
            env["FRUITS_TEST_VERSITYGW"] = str(go_tool.build(VERSITYGW, "versitygw"))
            if self.data:
                ensure_model("resnet50")
        return env


def run_logged(log: str, *command: str | pathlib.Path, env: dict[str, str] | None = None, show: bool = True) -> bool:
    """Runs a command with its output in build/test-logs/LOG.log; shows the end of it on failure."""
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{log}.log"
    with open(path, "wb") as out:
        done = subprocess.run(
            [str(c) for c in command], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
    if done.returncode != 0 and show:
        lines = path.read_text(errors="replace").splitlines()
        print("\n".join(f"   | {line}" for line in lines[-TAIL_LINES:]))
        print(f"   exit code {done.returncode}; all of its output: {path}", flush=True)
    return done.returncode == 0


def one(name: str, passed: bool, detail: str = "") -> list[Outcome]:
    return [Outcome(name, PASSED if passed else FAILED, "" if passed else detail or "see its output")]


def build(context: Context) -> list[Outcome]:
    configured = run_logged("configure", "cmake", "--preset", "dev")
    built = configured and run_logged("build", "cmake", "--build", "--preset", "dev", "-j", JOBS)
    installed = built and run_logged(
        "install", "cmake", "--install", "build/dev", "--prefix", VENV.parent, "--component", "fruits"
    )
    return one("build", installed)


def check_format(context: Context) -> list[Outcome]:
    files = cpp_files()
    return one("format", run_logged("format", VENV / "clang-format", "--dry-run", "-Werror", *files), "run 'make format'")


def _run_junit(log: str, option: str, *command: str | pathlib.Path, env: dict[str, str]) -> list[Outcome]:
    """Runs tests with run_logged; `option` tells them where the JUnit file goes."""
    junit = LOGS / f"{log}.xml"
    junit.unlink(missing_ok=True)
    run_logged(log, *command, option, junit, env=env)
    return read_junit(junit) if junit.exists() else one(log, False, "it ended without results")


def _ctest(context: Context, preset: str, env: dict[str, str], excluded: str = "") -> list[Outcome]:
    command = ["ctest", "--test-dir", f"build/{preset}", "--output-on-failure", "--no-tests=error", "-j", JOBS]
    if excluded:
        command += ["-E", excluded]
    return _run_junit(f"ctest-{preset}", "--output-junit", *command, env=env)


def run_ctest(context: Context) -> list[Outcome]:
    return _ctest(context, "dev", context.environment(models=True))


def pytest_lanes() -> dict[str, list[str]]:
    """Folders of tests that run side by side: each lane waits for its servers and clusters most of the time."""
    folders = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["testpaths"]
    return {
        "pytest": [folder for folder in folders if folder not in CLUSTER_TESTS],
        "pytest-clusters": [folder for folder in folders if folder in CLUSTER_TESTS],
    }


def run_pytest(context: Context) -> list[Outcome]:
    def run(lane: str, folders: list[str]) -> list[Outcome]:
        command = [VENV / "python", "-m", "pytest", "-q", "-o", f"cache_dir={ROOT / 'build' / lane}", *folders]
        if context.slow:
            command.append("--slow")
        return _run_junit(lane, "--junitxml", *command, env=context.environment())

    lanes = pytest_lanes()
    with concurrent.futures.ThreadPoolExecutor(len(lanes)) as pool:
        return [outcome for outcomes in pool.map(run, lanes, lanes.values()) for outcome in outcomes]


def _file_digest(path: pathlib.Path, known: dict[pathlib.Path, bytes]) -> bytes:
    if path not in known:
        known[path] = hashlib.sha256(path.read_bytes()).digest()
    return known[path]


def _translation_units() -> dict[pathlib.Path, set[pathlib.Path]]:
    """Each shipped source that build/dev compiles, with the files of the tree that it includes."""
    text = subprocess.run(
        ["ninja", "-C", "build/dev", "-t", "deps"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    units: dict[pathlib.Path, set[pathlib.Path]] = {}
    for block in text.split("\n\n"):
        inputs = [(ROOT / "build/dev" / line.strip()).resolve() for line in block.splitlines()[1:]]
        ours = {p for p in inputs if p.is_relative_to(ROOT) and p.relative_to(ROOT).parts[0] not in (".venv", "build")}
        source = next((p for p in inputs if p.suffix == ".cc" and p in ours), None)
        if source is not None and source.exists() and source.relative_to(ROOT).parts[0] in TIDY_FOLDERS:
            units.setdefault(source, set()).update(p for p in ours if p.exists())
    return units


def _changed_lately() -> set[pathlib.Path] | None:
    """Files of the last commits and of the working tree; None, for all, where git knows nothing of them."""
    log = ["git", "log", f"-{TIDY_COMMITS}", "--name-only", "--format="]
    done = [subprocess.run(c, cwd=ROOT, capture_output=True, text=True) for c in (log, ["git", "diff", "--name-only", "HEAD"])]
    if any(d.returncode != 0 for d in done):
        return None
    return {ROOT / name for d in done for name in d.stdout.splitlines() if name}


def run_tidy(context: Context) -> list[Outcome]:
    """clang-tidy, a source at a time; one that passed with the same text, headers and checks is not looked at again."""
    passed = context.cache / "tidy"
    passed.mkdir(exist_ok=True)
    known: dict[pathlib.Path, bytes] = {}
    rules = (ROOT / ".clang-tidy").read_bytes() + (ROOT / "requirements-dev.txt").read_bytes()

    def stamp(source: pathlib.Path, used: set[pathlib.Path]) -> pathlib.Path:
        key = hashlib.sha256(rules)
        for path in [source, *sorted(used)]:
            key.update(str(path.relative_to(ROOT)).encode() + b"\0" + _file_digest(path, known))
        return passed / key.hexdigest()

    def check(source: pathlib.Path, mark: pathlib.Path) -> bool:
        log = "tidy-" + "-".join(source.relative_to(ROOT).parts)
        ok = run_logged(log, VENV / "clang-tidy", "-p", "build/dev", "--quiet", "--warnings-as-errors=*",
                        "--extra-arg=-Wno-unknown-warning-option", source)  # fmt: skip
        if ok:
            mark.touch()
        return ok

    recent = None if context.slow else _changed_lately()
    todo = [
        (source, mark)
        for source, used in _translation_units().items()
        if (recent is None or source in recent) and not (mark := stamp(source, used)).exists()
    ]
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        results = list(pool.map(lambda item: check(*item), todo))
    print(f"   {len(todo)} sources looked at")
    failed = [str(source.relative_to(ROOT)) for (source, _), ok in zip(todo, results, strict=True) if not ok]
    return one("clang-tidy", not failed, ", ".join(failed))


SANITIZED_PROGRAMS = {"asan-ubsan": r"fruits_\w+_test|fruits_fuzz_\w+", "tsan": r"fruits_\w+_test"}


def start_sanitizer_builds(presets: set[str]) -> threading.Thread:
    """Builds them beside what else runs, with what it leaves of the processor. A failure is for the presets' own steps to show."""

    def build_all() -> None:
        for preset in sorted(presets):
            _build_programs(preset, SANITIZED_PROGRAMS[preset], log="early-", nice=("nice", "-n", "19"))

    thread = threading.Thread(target=build_all, daemon=True)
    thread.start()
    return thread


def _build_programs(preset: str, names: str, log: str = "", nice: tuple[str, ...] = ()) -> list[str]:
    """Configures a preset and builds its programs whose names match; these names, or none if anything failed."""
    if not run_logged(f"{log}configure-{preset}", *nice, "cmake", "--preset", preset, show=not log):
        return []
    listing = subprocess.run(
        ["ninja", "-C", f"build/{preset}", "-t", "targets", "all"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = sorted(set(re.findall(rf"^({names}): phony", listing.stdout, re.M)))
    command = [*nice, "cmake", "--build", "--preset", preset, "-j", JOBS, "--target", *found]
    return found if found and run_logged(f"{log}build-{preset}", *command, show=not log) else []


def _sanitizer_environment(context: Context, preset: str, models: bool = False) -> dict[str, str]:
    folder = ROOT / "tests/sanitizers"
    return {
        **context.environment(f"build/{preset}", models),
        # ASan takes some addresses of thread-local storage for those of an old glibc, and crashes there by chance
        # (google/sanitizers 1322): it is told to leave them alone.
        "ASAN_OPTIONS": f"suppressions={folder / 'asan.supp'}:detect_stack_use_after_return=1:intercept_tls_get_addr=0",
        "LSAN_OPTIONS": f"suppressions={folder / 'lsan.supp'}:print_suppressions=0",
        "UBSAN_OPTIONS": f"suppressions={folder / 'ubsan.supp'}:print_stacktrace=1:halt_on_error=1",
        "TBB_ENABLE_SANITIZERS": "1",  # TBB then loads its helpers without RTLD_DEEPBIND, which sanitizers refuse
        "TSAN_OPTIONS": f"suppressions={folder / 'tsan.supp'}:halt_on_error=1:second_deadlock_stack=1"
        ":ignore_noninstrumented_modules=1",
    }


def run_fuzzers(context: Context) -> list[Outcome]:
    names = _build_programs("asan-ubsan", r"fruits_fuzz_\w+")
    if not names:
        return one("fuzz", False, "no fuzzer was built")
    env = _sanitizer_environment(context, "asan-ubsan")
    outcomes = []
    for name in names:
        program = ROOT / "build/asan-ubsan/tests/fuzz" / name
        command = [VENV / "python", "tests/fuzz/run.py", program, "--seconds", str(context.fuzz_seconds)]
        outcomes += one(name, run_logged(name, *command, env=env))
    return outcomes


def run_asan(context: Context) -> list[Outcome]:
    if not _build_programs("asan-ubsan", r"fruits_\w+_test"):
        return one("build asan-ubsan", False)
    env = _sanitizer_environment(context, "asan-ubsan", models=True)
    return _ctest(context, "asan-ubsan", env, excluded=r"^fuzz\.")  # those are the step before


def run_tsan(context: Context) -> list[Outcome]:
    if not _build_programs("tsan", r"fruits_\w+_test"):
        return one("build tsan", False)
    return _ctest(context, "tsan", _sanitizer_environment(context, "tsan", models=True))


def run_numbers(context: Context) -> list[Outcome]:
    """The commands of bench/numbers.json: each prints numbers_table lines, and every number must meet its target."""
    numbers, outcomes = [], []
    for entry in json.loads((ROOT / "bench/numbers.json").read_text()):
        if context.numbers not in entry["name"]:
            continue
        command = shlex.split(entry["command"].format(build=ROOT / "build/dev", python=sys.executable, data=context.data or ""))
        log = "numbers-" + re.sub(r"\W+", "-", entry["name"])
        start = time.monotonic()
        ran = run_logged(log, *command, env=context.environment(models=True))
        found = numbers_table.parse((LOGS / f"{log}.log").read_text(errors="replace"))
        outcomes += one(entry["name"], ran and bool(found), "it failed, or printed no number")
        outcomes += [o for n in found for o in one(n.name, n.met, f"{n.value:g} {n.unit}, expected {n.expectation}")]
        numbers += found
        print(f"   {entry['name']}: {time.monotonic() - start:.0f} s", flush=True)  # an hour and more passes here
    print(numbers_table.format_table(numbers))
    return outcomes
