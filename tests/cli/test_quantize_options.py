"""The numbers of `fruits models quantize` that can be read in two ways, or by nobody."""

import pytest
from fruits.cli.__main__ import main
from fruits.cli.quantize_command import _drop
from fruits.models import quantizer


@pytest.fixture
def quantize(monkeypatch, capsys, tmp_path):
    """Exit code, stderr, and the request where one was made."""
    requests = []
    monkeypatch.setattr(quantizer, "quantize", lambda request, _: requests.append(request))

    def run(*flags):
        code = main(["models", "quantize", "net", "--calibration", "x", "--models", str(tmp_path), *flags])
        return code, capsys.readouterr().err, requests.pop() if requests else None

    return run


@pytest.mark.parametrize(
    ("text", "share"), [("0.005", 0.005), ("0.05", 0.05), ("0.5%", 0.005), ("20%", 0.2), ("100%", 1), ("0", 0), ("0%", 0)]
)
def test_an_accuracy_drop(quantize, text, share):
    code, _, request = quantize("--max-accuracy-drop", text)
    assert code == 0 and request.max_accuracy_drop == share


def test_a_drop_in_points_is_that_share_of_the_photos_to_the_bit():
    assert all(_drop(f"{photos / 10:g}%") == photos / 1000 for photos in range(1001))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0.5", "'0.5' would be 50 points; write 0.5% for 0.5 points, 50% for 50"),
        ("1", "'1' would be 100 points; write 1% for 1 points, 100% for 100"),
        ("0.2", "'0.2' would be 20 points; write 0.2% for 0.2 points, 20% for 20"),
        ("0.051", "'0.051' would be 5.1 points; write 0.051% for 0.051 points, 5.1% for 5.1"),
        ("2", "'2', expected a share from 0 to 1"),
        ("nan", "'nan', expected a share"),
        ("101%", "'101%', expected a share"),
        ("", "'', expected a share"),
        ("1e99999999999999999999", "expected a share"),
    ],
)
def test_an_accuracy_drop_of_two_readings_is_refused(quantize, text, words):
    code, errors, request = quantize("--max-accuracy-drop", text)
    assert code == 2 and request is None
    assert "--max-accuracy-drop" in errors and words in errors


@pytest.mark.parametrize("text", ["0", "12001", "1" + 20 * "0", 5000 * "9"])
def test_components_that_nobody_has_are_refused(quantize, text):
    code, errors, request = quantize("--components", text)
    assert code == 2 and request is None and "--components" in errors and "expected a whole number from 1 to 12000" in errors


def test_a_cosine_may_be_a_bare_share(quantize):
    code, _, request = quantize("--min-cosine", "0.5")
    assert code == 0 and request.min_cosine == 0.5
