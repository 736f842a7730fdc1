"""The benchmark of rivals: what its tables say, and that its lists are whole. No rival is installed or run here."""

import json
import pathlib
import re
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module", autouse=True)
def rivals_path():
    folders = [str(ROOT / "bench/rivals"), str(ROOT / "bench/end_to_end")]
    sys.path[:0] = folders
    yield
    for folder in folders:
        sys.path.remove(folder)


@pytest.fixture
def scenario():
    from scenarios import Rival, Scenario

    rivals = (Rival("quick", "project", "a.py", note="one"), Rival("broken", "project", "b.py"))
    return Scenario("end_to_end", "all of it", rivals, (100,), True)


def row(tool: str, index: int, seconds: float, failure: str = "") -> dict:
    return {"tool": tool, "round": index, "count": 100, "failure": failure, "seconds": seconds, "wall": seconds, "peak_bytes": 2_000_000,
            "featurized": seconds / 2}  # fmt: skip


@pytest.fixture
def rows():
    of_ours = [row("fruits", 0, 2.0), row("fruits", 1, 4.0), row("fruits", 2, 1.0)]
    quick = [row("quick", 0, 3.0), row("quick", 1, 4.0), row("quick", 2, 5.0)]
    return [*of_ours, *quick, row("broken", 0, 0.0, "exit code 1: No module named 'quick'")]


def test_ratio_is_the_median_of_rounds_not_of_medians(rows):
    import table

    assert table.ratio(rows, "quick", 100) == 1.5  # of 1.5, 1.0 and 5.0


def test_failed_rival_stands_in_the_table_with_its_reason(scenario, rows):
    import table

    text = table.markdown(scenario, "f32", rows, list(scenario.rivals))
    assert "| broken | 100 | - |" in text and "failed: exit code 1: No module named 'quick'" in text
    assert "| quick | 100 | 4.00 | 40.000 | 25.0 | 1.50 | 2 | one |" in text


def test_failed_rival_meets_no_target(scenario, rows, capsys):
    import numbers_table
    import table

    table.numbers(scenario, "f32", rows, list(scenario.rivals))
    found = {n.name: n for n in numbers_table.parse(capsys.readouterr().out)}
    assert found["end_to_end, f32, 100: quick, in times of ours"].met
    assert not found["end_to_end, f32, 100: broken, in times of ours"].met


def test_tables_and_numbers_of_a_benchmark_in_which_all_failed(scenario, capsys):
    import dataclasses

    import numbers_table
    import table

    rows = [row(tool, 0, 0.0, "exit code 1: no such model") | {"count": count} for tool in ("fruits", "quick") for count in (2000, 8000)]
    for name in ("end_to_end", "scaling", "statistics"):
        one = dataclasses.replace(scenario, name=name)
        assert "failed: exit code 1" in table.markdown(one, "f32", rows, list(one.rivals))
        table.numbers(one, "f32", rows, list(one.rivals))
    assert all(not n.met for n in numbers_table.parse(capsys.readouterr().out) if n.expectation != "-")


def test_process_says_why_it_failed_and_what_it_held():
    import measure

    program = "import sys, time; held = bytearray(b'1') * 50_000_000; time.sleep(1); print('{\"photos\": 3}'); sys.exit('no such model')"
    done = measure.process([sys.executable, "-c", program], {})
    assert done.failure == "exit code 1: no such model"
    assert done.line == {"photos": 3}
    assert done.peak_bytes > 50_000_000


def test_process_is_stopped_after_its_time():
    import measure

    done = measure.process([sys.executable, "-c", "import time; time.sleep(60)"], {}, timeout=0.3)
    assert done.failure.startswith("stopped after")


def test_distance_knows_no_signs():
    import fits

    reference = {"components": np.eye(2, 4), "shares": np.array([0.6, 0.3])}
    other = {"components": np.array([[-1, 0, 0, 1e-9], [0, 1, 0, 0]]), "shares": np.array([0.6, 0.3])}
    assert fits.distance(other, reference) == pytest.approx(1e-9)


def test_every_rival_has_its_program_and_environment():
    import environments
    import ours
    from scenarios import SCENARIOS

    for scenario in SCENARIOS.values():
        for rival in scenario.rivals:
            assert rival.name == ours.FIT or (ROOT / "bench" / rival.program).is_file(), rival
            assert rival.environment in ("project", "original") or (environments.LISTS / f"{rival.environment}.txt").is_file(), rival


def test_environments_are_of_exact_versions():
    import environments

    for path in environments.LISTS.glob("*.txt"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert lines and all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in lines), path
        base = environments.base_of(path.read_text())
        assert base is None or (environments.LISTS / f"{base}.txt").is_file()


def test_small_numbers_are_not_rounded_away(capsys):
    import setting

    setting.number("distance", 3.25e-9, "", at_most=1e-8)
    assert json.loads(capsys.readouterr().out)["value"] == 3.25e-9
