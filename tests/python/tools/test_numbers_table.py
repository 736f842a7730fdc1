"""The table of measured numbers: what is printed is found, and a missed target shows."""

import pytest
from numbers_table import Number, format_table, parse

OUTPUT = """warming up
{"number": "resize", "value": 0.07, "unit": "ms", "at_most": 0.08}
{"something": "else"}
{"number": "end to end", "value": 0.9, "unit": "of OpenVINO", "at_least": 0.93}
"""


def test_parse_finds_the_numbers_alone():
    assert parse(OUTPUT) == [
        Number("resize", 0.07, "ms", at_most=0.08),
        Number("end to end", 0.9, "of OpenVINO", at_least=0.93),
    ]


@pytest.mark.parametrize(
    ("number", "met"),
    [
        (Number("a", 1.0, "s", at_most=1.0), True),
        (Number("a", 1.1, "s", at_most=1.0), False),
        (Number("a", 0.9, "s", at_least=1.0), False),
        (Number("a", 2.0, "s", at_least=1.0), True),
        (Number("a", float("nan"), "s", at_least=1.0), False),
        (Number("a", 5.0, "s"), True),
    ],
)
def test_met(number, met):
    assert number.met is met


def test_table_shows_value_target_and_verdict():
    lines = format_table(parse(OUTPUT)).splitlines()
    assert lines[1].split() == ["resize", "0.07", "ms", "at", "most", "0.08", "yes"]
    assert lines[2].endswith("NO")
