"""Fruits against the tools that one would use instead, scenario by scenario: what bench/run starts.

    bench/run [--scenario NAME] [--rival NAME] [--rounds N] [--precision f32|int8] [--photos N]

Without --scenario all of them run, without --rival all rivals; both options may be given again. Within a scenario the tools run in turns
(A B C A B C), and so do counts, on the same photos with the same weights. Medians, and the median of the rounds' ratios, go to
build/bench/SCENARIO-PRECISION.json and .md. A rival that cannot be installed or fails stands there with the reason; where Fruits
itself fails, the exit code is 1. --precision int8 without --scenario leaves out the scenarios whose work has no precision.
"""

import argparse
import itertools
import os
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "end_to_end")]

import measure  # noqa: E402
import models  # noqa: E402
import numpy as np  # noqa: E402
import ours  # noqa: E402
import setting  # noqa: E402
import fits  # noqa: E402
import record  # noqa: E402
import table  # noqa: E402
from environments import python_of  # noqa: E402
from scenarios import SCENARIOS, Rival, Scenario  # noqa: E402
from support.chain import unpack  # noqa: E402
from support.spark_settings import spark_environment  # noqa: E402

ALL_PHOTOS = 22_688
WARM_PHOTOS = 16
MOST_DIGITS = 18  # int() itself refuses thousands


def photos_folder(count: int) -> pathlib.Path:
    """`count` photos spread over test.tar; fewer are the first ones of 2,000."""
    if count == ALL_PHOTOS:
        return setting.all_photos()
    if count == 2000 or count < 100:
        return setting.two_thousand_photos()
    every = ALL_PHOTOS // count
    return unpack(setting.archive(), setting.models_for_tests.cache_folder() / f"photos-{count}-of-every-{every}", every, count)


def of_rival(rival: Rival, count: int, precision: str, output: pathlib.Path, source: pathlib.Path) -> measure.Finished:
    """One run of its program. RuntimeError: its environment cannot be made."""
    if rival.name == ours.FIT:
        return ours.fit(source, output)
    python = python_of(rival.environment)
    environment = {**os.environ, "PYTHONPATH": str(models.PROGRAMS)}
    # Set for old versions of OpenBLAS somewhere, which slows this one; and what keeps Python from keeping what it compiled.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "PYTHONDONTWRITEBYTECODE"):
        environment.pop(name, None)
    if rival.java:
        spark = spark_environment()
        environment |= {**spark, "PYSPARK_PYTHON": str(python), "PYSPARK_DRIVER_PYTHON": str(python), "TF_CPP_MIN_LOG_LEVEL": "3"}
    kind = "--features" if source.is_file() else "--photos"
    command = [python, HERE.parent / rival.program, kind, source, "--output", output, "--limit", count, "--precision", precision]
    if rival.program.startswith("image/"):  # CPU seconds: of one thread, as ours is, so that none waits for another
        command += ["--threads", 1]
    command += rival.flags
    if rival.takes_model:
        command += ["--model", models.rivals_models(rival.environment, precision)]
    return measure.process(command, environment)


def of_ours(scenario: Scenario, count: int, precision: str, output: pathlib.Path, source: pathlib.Path) -> measure.Finished:
    if scenario.whole_process:
        return ours.run(source, output, count, precision)
    if scenario.name == "decode_resize":
        return ours.decode_resize(source, count)
    if scenario.name == "inference":
        return ours.inference(count, precision)
    return ours.statistics(source, output)


def cosines(output: pathlib.Path, reference: np.ndarray) -> np.ndarray | None:
    """Of a rival's features to ours, photo by photo."""
    file = output / "features.npy"
    if not file.exists():
        return None
    rows = np.load(file).astype(np.float64)
    if rows.shape != reference.shape:
        return np.array([float("nan")])
    return (rows * reference).sum(1) / np.linalg.norm(rows, axis=1) / np.linalg.norm(reference, axis=1)


def one_run(tool: Rival | None, scenario: Scenario, count: int, precision: str, source: pathlib.Path, kept: dict) -> dict:
    """What goes into the table; `kept` holds our features of the first round."""
    name = tool.name if tool else ours.NAME
    with tempfile.TemporaryDirectory(prefix="fruits-bench-") as folder:
        output = pathlib.Path(folder) / "out"
        if tool:
            output.mkdir()
        try:
            done = of_rival(tool, count, precision, output, source) if tool else of_ours(scenario, count, precision, output, source)
        except RuntimeError as error:
            done = measure.Finished(0.0, 0, {}, "", " ".join(str(error).split())[-300:])
        row = {"tool": name, "count": count, "failure": done.failure, "peak_bytes": done.peak_bytes, "wall": done.seconds, **done.line}
        if not tool:
            row["cpu_seconds"] = done.cpu_seconds
        if scenario.whole_process or done.failure:
            row["seconds"] = done.seconds
        if scenario.whole_process and not done.failure:
            if not tool:
                kept.setdefault(count, ours.features(output).astype(np.float64))
            elif count in kept and (found := cosines(output, kept[count])) is not None:
                row["cosine_mean"], row["cosine_min"] = float(found.mean()), float(found.min())
        if scenario.name == "statistics" and not done.failure:
            kept[name] = fits.load_fit(output) or kept.get(name)
    said = done.failure or f"{row['seconds']:.2f} s, {done.peak_bytes / 1e6:.0f} MB"
    print(f"#   {name}, {count}: {said}", flush=True)
    return row


def run(scenario: Scenario, rivals: list[Rival], options: argparse.Namespace) -> list[str]:
    """Says how our own runs failed; nothing: they did not."""
    tools: list[Rival | None] = [None, *rivals]
    counts = scenario.photos if options.photos is None else (options.photos,)
    rows, kept = [], {}
    print(f"# {scenario.name}, {options.precision}: {scenario.what}; {setting.machine()}", flush=True)
    if scenario.whole_process:  # brings programs and libraries into memory, and fills the cache of compiled models
        warm: dict = {}
        few = min(WARM_PHOTOS, *counts)
        for tool in tools:
            one_run(tool, scenario, few, options.precision, photos_folder(few), warm)
    sources = {count: fits.features_file(count) if scenario.name == "statistics" else photos_folder(count) for count in counts}
    circumstances = record.circumstances(rivals)
    for index in range(options.rounds or scenario.rounds):
        for count, tool in itertools.product(counts, tools):  # counts take turns as tools do
            rows.append({"round": index, **one_run(tool, scenario, count, options.precision, sources[count], kept)})
            table.write(scenario, options.precision, rows, rivals, circumstances)
    table.numbers(scenario, options.precision, rows, rivals)
    if scenario.name == "statistics":
        fits.numbers({name: fit for name, fit in kept.items() if fit}, counts[-1])
    print(table.markdown(scenario, options.precision, rows, rivals))
    return own_failures(scenario, options.precision, rows)


def own_failures(scenario: Scenario, precision: str, rows: list[dict]) -> list[str]:
    """Each once, in their order."""
    failed = [row for row in rows if row["tool"] in (ours.NAME, ours.FIT) and row["failure"]]
    told = [f"{scenario.name}, {precision}: {row['tool']} failed at {row['count']:,}: {row['failure']}" for row in failed]
    return list(dict.fromkeys(told))


def at_least_one(text: str) -> int:
    if not text.isdecimal() or len(text) > MOST_DIGITS or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}', expected a whole number from 1 on")
    return int(text)


def chosen(parser: argparse.ArgumentParser, options: argparse.Namespace) -> list[tuple[Scenario, list[Rival]]]:
    """Refuses what would measure something other than asked, or nothing."""
    scenarios = [SCENARIOS[name] for name in dict.fromkeys(options.scenario or SCENARIOS)]
    if options.scenario:
        for scenario in scenarios:
            if options.precision not in scenario.precisions:
                parser.error(f"--precision {options.precision}: nothing in --scenario {scenario.name} is computed in it, expected f32")
    scenarios = [scenario for scenario in scenarios if options.precision in scenario.precisions]
    check_photos(parser, scenarios, options.photos)
    wanted = options.rival or []
    if "none" in wanted and set(wanted) != {"none"}:
        others = ", ".join(name for name in dict.fromkeys(wanted) if name != "none")
        parser.error(f"--rival none: beside {others}, expected it alone")
    found = [(s, [r for r in s.rivals if options.precision in r.precisions and (not wanted or r.name in wanted)]) for s in scenarios]
    there = {rival.name for scenario in scenarios for rival in scenario.rivals if options.precision in rival.precisions}
    for name in wanted:
        if name not in there and name != "none":
            where = " or ".join(options.scenario or ["any scenario"])
            parser.error(f"--rival {name}: not in {where} in {options.precision}, expected {', '.join(sorted(there))} or none")
    return found


def check_photos(parser: argparse.ArgumentParser, scenarios: list[Scenario], photos: int | None) -> None:
    if photos is None:
        return
    if photos > ALL_PHOTOS and any(scenario.name != "statistics" for scenario in scenarios):
        parser.error(f"--photos {photos}: there are {ALL_PHOTOS:,}")
    needy = max(scenarios, key=lambda scenario: scenario.least)
    if photos < needy.least:
        parser.error(f"--photos {photos}: expected at least {needy.least}, as {needy.name} ends with {needy.components} components")


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = sorted({rival.name for scenario in SCENARIOS.values() for rival in scenario.rivals})
    parser.add_argument("--scenario", action="append", choices=list(SCENARIOS))
    parser.add_argument("--rival", action="append", choices=[*names, "none"])
    parser.add_argument("--rounds", type=at_least_one, help="default: the scenario's")
    parser.add_argument("--precision", choices=("f32", "int8"), default="f32")
    parser.add_argument("--photos", type=at_least_one, help="or rows, for the statistics; default: the scenario's")
    options = parser.parse_args(arguments)
    failures = []
    for scenario, rivals in chosen(parser, options):
        failures += run(scenario, rivals, options)
    if failures:
        sys.exit("\n".join(failures))


if __name__ == "__main__":
    main()
