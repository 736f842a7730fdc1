"""The benchmark of rivals: what its tables say, and that its lists are whole. No rival is installed or run here."""

import json
import pathlib
import re
import sys

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


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
    assert "| quick | 100 | 4.00 | 40.000 | - | 25.0 | 1.50 | 2 | one |" in text
    assert len({line.count("|") for line in text.splitlines() if line.startswith("|")}) == 1


def test_cpu_time_of_ours_stands_beside_wall_time(scenario, rows):
    import table

    rows = [one | {"cpu_seconds": 5.0} if one["tool"] == "fruits" else one for one in rows]
    assert "| fruits | 100 | 2.00 | 20.000 | 50.000 | 50.0 | 1.00 | 2 |  |" in table.markdown(scenario, "f32", rows, [])


def scaling_rows(cpu_at_most: float, peak_at_most: int) -> list[dict]:
    """Two rounds; wall time wavers between them, alike at both counts."""
    found = []
    for index, slow in enumerate((1.0, 1.4)):
        for count, cpu, peak in ((500, 0.020, 200e6), (2000, 0.020, 205e6), (22_688, cpu_at_most, peak_at_most)):
            seconds = 0.01 * count * slow
            found.append(row("fruits", index, seconds) | {"count": count, "cpu_seconds": cpu * count, "peak_bytes": peak})
    return found


@pytest.mark.parametrize(
    ("cpu", "peak", "missed"),
    [
        (0.0209, 219_000_000, set()),  # 16 MB, and 160 bytes for each of 22,188 photos
        (0.0211, 219_000_000, {"CPU time a photo at 22,688 of that at 2,000"}),
        (0.0209, 220_000_000, {"peak memory at 22,688 above that at 500"}),
    ],
)
def test_scaling_has_targets_for_time_cpu_time_and_memory(scenario, capsys, cpu, peak, missed):
    import dataclasses

    import numbers_table
    import table

    table.numbers(dataclasses.replace(scenario, name="scaling"), "int8", scaling_rows(cpu, peak), [])
    found = numbers_table.parse(capsys.readouterr().out)
    assert len(found) == 3
    assert {n.name.removeprefix("scaling, int8: ") for n in found if not n.met} == missed


def test_counts_take_turns(scenario, monkeypatch):
    """All counts in each round: a machine's slow hour then slows none of them alone."""
    import argparse
    import dataclasses

    import run
    import table

    done = []

    def one_run(tool, scenario, count, *_):
        done.append(count)
        return row("fruits", 0, 1.0) | {"count": count}

    monkeypatch.setattr(run, "one_run", one_run)
    monkeypatch.setattr(run, "photos_folder", lambda count: pathlib.Path("photos"))
    monkeypatch.setattr(table, "write", lambda *_: None)
    some = dataclasses.replace(scenario, name="made", photos=(500, 2000), whole_process=False)
    run.run(some, [], argparse.Namespace(photos=None, precision="f32", rounds=2))
    assert done == [500, 2000, 500, 2000]


@pytest.fixture
def asked(monkeypatch):
    """What bench/run with these words would run: pairs of a scenario's name and its rivals'."""
    import run

    def call(*words):
        found = []
        monkeypatch.setattr(run, "run", lambda scenario, rivals, _: found.append((scenario.name, [r.name for r in rivals])) or [])
        run.main(list(words))
        return found

    return call


def test_what_was_asked_for_is_run(asked):
    assert asked("--scenario", "start_up", "--scenario", "inference", "--rival", "timm", "--photos", "8") == [
        ("start_up", ["timm"]),
        ("inference", []),
    ]
    assert asked("--scenario", "scaling", "--rival", "none", "--precision", "int8") == [("scaling", [])]
    assert asked("--scenario", "decode_resize", "--rival", "opencv", "--photos", "1") == [("decode_resize", ["opencv"])]
    assert asked("--scenario", "statistics", "--rival", "sklearn", "--photos", "30000") == [("statistics", ["sklearn"])]
    in_int8 = dict(asked("--precision", "int8"))
    assert list(in_int8) == ["end_to_end", "start_up", "scaling", "inference"] and "timm" not in in_int8["end_to_end"]
    assert len(asked()) == 6


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("--scenario end_to_end --rival opencv", "--rival opencv: not in end_to_end in f32, expected daft, onnxruntime, original, "),
        ("--scenario start_up --rival timm --precision int8", "--rival timm: not in start_up in int8, expected daft, "),
        ("--rival sklearn --precision int8", "--rival sklearn: not in any scenario in int8, expected "),
        ("--scenario statistics --precision int8", "--precision int8: nothing in --scenario statistics is computed in it, expected f32"),
        ("--scenario inference --scenario decode_resize --precision int8", "nothing in --scenario decode_resize is computed in it"),
        ("--rival none --rival torch", "--rival none: beside torch, expected it alone"),
        ("--photos 7", "--photos 7: expected at least 8, as end_to_end ends with 7 components"),
        ("--scenario statistics --photos 7", "--photos 7: expected at least 8, as statistics ends with 7 components"),
        ("--scenario inference --photos 22689", "--photos 22689: there are 22,688"),
        ("--rounds 1.5", "--rounds: '1.5', expected a whole number from 1 on"),
        ("--photos x", "--photos: 'x', expected a whole number from 1 on"),
        ("--rounds 0", "--rounds: '0', expected a whole number from 1 on"),
    ],
)
def test_what_would_measure_something_else_is_refused(asked, capsys, words, error):
    with pytest.raises(SystemExit) as ended:
        asked(*words.split())
    assert ended.value.code == 2 and error in capsys.readouterr().err


def test_a_failed_run_of_ours_is_the_reason_for_exit_code_1(scenario, rows, monkeypatch):
    import run

    failed = [row("fruits", index, 0.0, "exit code 2: no such model") for index in range(2)]
    assert run.own_failures(scenario, "f32", rows) == [], "a rival's failure is none of ours"
    reason = "end_to_end, f32: fruits failed at 100: exit code 2: no such model"
    assert run.own_failures(scenario, "f32", [*rows, *failed]) == [reason]
    monkeypatch.setattr(run, "run", lambda scenario, *_: run.own_failures(scenario, "f32", failed))
    with pytest.raises(SystemExit) as ended:
        run.main(["--scenario", "end_to_end"])
    assert ended.value.code == reason, "Python prints it on stderr and ends with 1"


def test_record_says_when_of_what_and_where():
    import record
    from scenarios import SCENARIOS

    found = record.circumstances([rival for scenario in SCENARIOS.values() for rival in scenario.rivals])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT.*", found["date"]) and found["commit"] and "GiB" in found["machine"]
    assert found["versions"]["numpy"] == np.__version__
    assert found["environments"]["torch"] == ["bench/rivals/environments/torch.txt", "bench/rivals/environments/sklearn.txt"]
    assert all((ROOT / file).is_file() for files in found["environments"].values() for file in files)


def test_commit_is_unknown_without_git(tmp_path, monkeypatch):
    import machine

    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert machine.commit(tmp_path) == "unknown"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.commit(tmp_path / "no-git") == "unknown"


def test_machine_says_the_instructions_that_decide():
    import machine

    cpu = "processor\t: 0\nmodel name\t: Some CPU @ 2.50GHz\nflags\t\t: fpu avx avx2 avx512f avx512_vnni\n"
    memory = "MemTotal:       16777216 kB\nMemFree: 1 kB\n"
    assert machine.hardware(cpu, memory) == "Some CPU @ 2.50GHz (avx2 avx512f avx512_vnni), 16.0 GiB"
    assert machine.hardware("", "").startswith("? (none of avx2 ")
    assert f"Linux {machine.os.uname().release}" in machine.machine()


def test_chosen_way_is_measured_in_a_loop_of_its_own(capsys):
    """What is reported is not the short loop, however lucky that was."""
    import fastest

    asked = []

    def way(name, rates):
        def run(count):
            asked.append((name, count))
            return rates.pop(0)

        return run

    fastest.report(200, {"slow": way("slow", [0.02, 0.001]), "quick": way("quick", [0.01, 0.015])})
    assert asked == [("slow", 64), ("quick", 64), ("quick", 200)]
    line = json.loads(capsys.readouterr().out)
    assert line["seconds"] == pytest.approx(3.0) and line["way"] == "quick" and line["photos"] == 200


def test_ways_compute_as_many_images_as_they_say():
    import fastest

    calls = {"in turn": 0, "a": 0, "b": 0}

    def compute_as(name):
        def compute(images):
            calls[name] += 1
            return np.zeros((len(images), 2048))

        return compute

    def made(batch):
        return np.zeros((batch, 1))

    assert fastest.in_turn(made, compute_as("in turn"), 16)(64) > 0
    assert fastest.side_by_side(made, [compute_as("a"), compute_as("b")], 8)(64) > 0
    assert calls == {"in turn": fastest.WARM_CALLS + 4, "a": fastest.WARM_CALLS + 4, "b": fastest.WARM_CALLS + 4}
    with pytest.raises(SystemExit, match="expected"):
        fastest.in_turn(made, lambda images: np.zeros((len(images), 1000)), 4)(64)


def test_int8_model_is_made_anew_when_something_changes(tmp_path, monkeypatch):
    import importlib.metadata

    import int8_store

    base, sources, photos = (tmp_path / name for name in ("base", "sources", "photos"))
    for folder in (base, sources, photos):
        folder.mkdir()
    (base / "bundle.json").write_text("{}")
    (sources / "quantizer.py").write_text("1")
    (photos / "a.jpg").touch()
    versions = {"nncf": "3.4.0", "openvino": "1"}
    monkeypatch.setattr(importlib.metadata, "version", versions.__getitem__)

    def key(cpuinfo="avx512_vnni"):
        return int8_store.key(base, photos, cpuinfo, sources)

    seen = [key()]
    assert key() == seen[0]
    seen.append(key(cpuinfo="avx2"))
    (sources / "quantizer.py").write_text("2")
    seen.append(key())
    versions["nncf"] = "3.5.0"
    seen.append(key())
    (photos / "b.jpg").touch()
    seen.append(key())
    (base / "bundle.json").write_text('{"dimension": 1}')
    seen.append(key())
    assert len(set(seen)) == len(seen)


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
    assert 0 < done.cpu_seconds < done.seconds + 1


def test_cpu_time_is_also_that_of_children():
    import measure

    child = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    assert measure.process([sys.executable, "-c", program], {}).cpu_seconds > 0.5


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
