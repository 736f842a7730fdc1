"""Measured numbers as benchmarks print them, and the table of them.

A benchmark prints one JSON object a number, alone on a line, among whatever else it says:

    {"number": "resize 100x100 to 224x224", "value": 0.07, "unit": "ms", "at_most": 0.08}
    {"number": "end to end, ResNet50 f32", "value": 0.95, "unit": "of OpenVINO alone", "at_least": 0.93}
"""

import dataclasses
import json
import sys


@dataclasses.dataclass(frozen=True)
class Number:
    name: str
    value: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        if self.value != self.value:  # NaN meets nothing
            return False
        return (self.at_least is None or self.value >= self.at_least) and (self.at_most is None or self.value <= self.at_most)

    @property
    def expectation(self) -> str:
        bounds = [f"{word} {bound:g}" for word, bound in (("at least", self.at_least), ("at most", self.at_most)) if bound is not None]
        return " and ".join(bounds) or "-"


def parse(text: str) -> list[Number]:
    """Every number printed in a benchmark's output."""
    numbers = []
    for line in text.splitlines():
        if not line.startswith('{"number"'):
            continue
        fields = json.loads(line)
        numbers.append(
            Number(fields["number"], float(fields["value"]), fields.get("unit", ""), fields.get("at_least"), fields.get("at_most"))
        )
    return numbers


def format_table(numbers: list[Number]) -> str:
    rows = [("number", "value", "target", "met")]
    rows += [(n.name, f"{n.value:.4g} {n.unit}".strip(), n.expectation, "yes" if n.met else "NO") for n in numbers]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join("   " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


if __name__ == "__main__":
    print(format_table(parse(sys.stdin.read())))
