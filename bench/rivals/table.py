"""The outcome of a scenario: a JSON file, a Markdown table, and the numbers that have targets."""

import datetime
import json
import statistics

import machine
import ours
import setting
from scenarios import Rival, Scenario

FOLDER = setting.ROOT / "build/bench"
AHEAD = 1.0  # at least: each rival's seconds, in times of ours
TARGETS = {
    ("end_to_end", "f32", "original", 400): 4.0,
    ("end_to_end", "int8", "original", 400): 12.0,
    ("statistics", "f32", "sklearn", 100_000): 1.0,
    ("statistics", "f32", "incremental", 100_000): 5.0,
    ("statistics", "f32", "spark_ml", 100_000): 20.0,
}
NAN = float("nan")  # of what failed: it meets no target
NOT_FOR_SPEED = ("exact_svd", ours.FIT)
FLAT = 1.05  # at most: time and CPU time a photo at the largest count, of those at STEADY
STEADY = 2000  # photos: well beyond start-up
PHOTO_BYTES, CONSTANT_BYTES = 160, 16e6  # at most what a photo adds to the peak, and what peaks of equal runs differ by


def good(rows: list[dict], tool: str, count: int) -> list[dict]:
    return [row for row in rows if row["tool"] == tool and row["count"] == count and not row["failure"]]


def ratio(rows: list[dict], tool: str, count: int) -> float:
    """Median over the rounds of its seconds to ours; NaN where one of the two has none."""
    mine = {row["round"]: row["seconds"] for row in good(rows, ours.NAME, count)}
    found = [row["seconds"] / mine[row["round"]] for row in good(rows, tool, count) if row["round"] in mine]
    return statistics.median(found) if found else NAN


def _peak(rows: list[dict], tool: str, count: int) -> float:
    return max((row["peak_bytes"] for row in good(rows, tool, count)), default=NAN)


def _median(rows: list[dict], field: str) -> float | None:
    values = [row[field] for row in rows if row.get(field) is not None]
    return statistics.median(values) if values else None


def _cells(rows: list[dict], tool: str, count: int, note: str, whole_process: bool) -> list[str]:
    mine = good(rows, tool, count)
    if not mine:
        failed = next((r for r in rows if r["tool"] == tool and r["count"] == count), None)
        return [tool, f"{count:,}", "-", "-", "-", "-", "-", "-", f"failed: {failed['failure']}" if failed else "not run yet"]
    seconds, cosine, reading = _median(mine, "seconds"), _median(mine, "cosine_mean"), _median(mine, "reading")
    cpu = _median(mine, "cpu_seconds") if whole_process else None
    notes = [note] if note else []
    if reading is not None:
        notes.append(f"reading {reading:.1f} s more")
    if cosine is not None:
        notes.append(f"cosine to ours {cosine:.5f}")
    if len(mine) < sum(r["tool"] == tool and r["count"] == count for r in rows):
        notes.append("some rounds failed")
    return [
        tool,
        f"{count:,}",
        f"{seconds:.2f}",
        f"{1000 * seconds / count:.3f}",
        "-" if cpu is None else f"{1000 * cpu / count:.3f}",
        f"{count / seconds:.1f}",
        f"{ratio(rows, tool, count):.2f}",
        f"{max(row['peak_bytes'] for row in mine) / 1e6:.0f}",
        "; ".join(notes),
    ]


def markdown(scenario: Scenario, precision: str, rows: list[dict], rivals: list[Rival]) -> str:
    rounds = 1 + max((row["round"] for row in rows), default=0)
    kind = "from exec to exit" if scenario.whole_process else "of the work itself"
    where = f"{setting.machine()}, {datetime.date.today()}, commit {machine.commit()}"
    lines = [
        f"## {scenario.name}, {precision}",
        "",
        f"{scenario.what}. Seconds {kind}, median of {rounds} round(s). {where}.",
        "",
        "| tool | count | seconds | ms each | CPU ms each | per second | in times of ours | peak MB | |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    notes = {rival.name: rival.note for rival in rivals}
    for count in dict.fromkeys(row["count"] for row in rows):
        tools = dict.fromkeys([*(row["tool"] for row in rows if row["count"] == count), *notes])
        cells = [_cells(rows, tool, count, notes.get(tool, ""), scenario.whole_process) for tool in tools]
        lines += [f"| {' | '.join(of_tool)} |" for of_tool in cells]
    return "\n".join(lines) + "\n"


def write(scenario: Scenario, precision: str, rows: list[dict], rivals: list[Rival], circumstances: dict) -> None:
    """After each run, so that a stopped benchmark leaves what it has."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    record = {"scenario": scenario.name, "precision": precision, **circumstances, "runs": rows}
    (FOLDER / f"{scenario.name}-{precision}.json").write_text(json.dumps(record, indent=1) + "\n")
    (FOLDER / f"{scenario.name}-{precision}.md").write_text(markdown(scenario, precision, rows, rivals))


def numbers(scenario: Scenario, precision: str, rows: list[dict], rivals: list[Rival]) -> None:
    """Lines for the table of ./test.sh --slow."""
    for count in dict.fromkeys(row["count"] for row in rows):
        for rival in rivals:
            if rival.name in NOT_FOR_SPEED:
                continue
            least = TARGETS.get((scenario.name, precision, rival.name, count), AHEAD)
            name = f"{scenario.name}, {precision}, {count:,}: {rival.name}, in times of ours"
            setting.number(name, ratio(rows, rival.name, count), "", at_least=least)
    if scenario.name == "end_to_end":
        for count in dict.fromkeys(row["count"] for row in rows):
            rest = [row["wall"] - row["featurized"] for row in good(rows, ours.NAME, count)]
            beside = statistics.median(rest) if rest else NAN
            setting.number(f"end_to_end, {precision}, {count:,}: all but the features", beside, "s", at_most=1.5)
    if scenario.name == "scaling":
        _flat(precision, rows)
    if scenario.name == "statistics":
        _against_memory(rows)


def growth(rows: list[dict], field: str, few: int, many: int) -> float:
    """Median over the rounds of `field` an item at `many`, of that at `few`, both ours; NaN where no round has both."""
    of_few = {row["round"]: row[field] / few for row in good(rows, ours.NAME, few)}
    found = [row[field] / many / of_few[row["round"]] for row in good(rows, ours.NAME, many) if row["round"] in of_few]
    return statistics.median(found) if found else NAN


def _flat(precision: str, rows: list[dict]) -> None:
    """Our time, CPU time and memory at the largest count. Neighbours on a shared machine change CPU time less than wall time."""
    counts = sorted({row["count"] for row in rows})
    least, steady, most = counts[0], min((c for c in counts if c >= STEADY), default=counts[-1]), counts[-1]
    if steady == most:
        return
    for what, field in (("time", "seconds"), ("CPU time", "cpu_seconds")):
        name = f"scaling, {precision}: {what} a photo at {most:,} of that at {steady:,}"
        setting.number(name, growth(rows, field, steady, most), "", at_most=FLAT)
    added = _peak(rows, ours.NAME, most) - _peak(rows, ours.NAME, least)
    bound = PHOTO_BYTES * (most - least) + CONSTANT_BYTES
    setting.number(f"scaling, {precision}: peak memory at {most:,} above that at {least:,}", added / 1e6, "MB", at_most=bound / 1e6)


def _against_memory(rows: list[dict]) -> None:
    for count in dict.fromkeys(row["count"] for row in rows):
        if not any(row["tool"] == "sklearn" for row in rows):
            continue
        share = _peak(rows, ours.NAME, count) / _peak(rows, "sklearn", count)
        setting.number(f"statistics, {count:,}: our peak memory, of scikit-learn's", share, "", at_most=0.1)
