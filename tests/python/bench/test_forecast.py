"""The benchmark of the forecast: which ratio it prints and what it allows. Nothing is planned or run here."""

import importlib.util
import pathlib
import sys
import types

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]


@pytest.fixture
def verdict(monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(ROOT / "bench/end_to_end"))
    spec = importlib.util.spec_from_file_location("bench_plan_forecast", ROOT / "bench/plan/forecast.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)

    def of(*rounds: tuple[float, float]):
        """The number that rounds of (seconds told, seconds taken) give."""
        import numbers_table

        told, taken = (iter(seconds) for seconds in zip(*rounds, strict=True))
        monkeypatch.setattr(bench.setting, "all_photos", lambda: pathlib.Path("photos"))
        monkeypatch.setattr(bench, "forecast", lambda *_: (next(told), 0.016))

        def run(*_):
            return types.SimpleNamespace(record={"seconds": {"total": next(taken)}, "use": {"cpu_seconds": 0.02 * 22_688}})

        monkeypatch.setattr(bench.setting, "run", run)
        monkeypatch.setattr(sys, "argv", ["forecast.py", "--rounds", str(len(rounds))])
        bench.main()
        seconds, cpu = numbers_table.parse(capsys.readouterr().out)
        assert cpu.value == pytest.approx(0.8)
        return seconds

    return of


def test_the_ratio_is_of_what_was_told_to_what_it_took(verdict):
    number = verdict((207.0, 187.0))
    assert number.value == pytest.approx(207 / 187, rel=1e-5)
    assert (number.at_least, number.at_most) == (0.9, 1.1)
    assert not number.met


@pytest.mark.parametrize(("told", "met"), [(89.9, False), (90.1, True), (109.9, True), (110.1, False)])
def test_ten_percent_to_either_side(verdict, told, met):
    assert verdict((told, 100.0)).met is met


def test_of_rounds_the_median_counts(verdict):
    assert verdict((130.0, 100.0), (105.0, 100.0), (70.0, 100.0)).value == pytest.approx(1.05)
