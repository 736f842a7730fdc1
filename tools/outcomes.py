"""Outcomes of test runners, counted alike."""

import dataclasses
import pathlib
import xml.etree.ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


@dataclasses.dataclass(frozen=True)
class Outcome:
    name: str
    state: str
    detail: str = ""


def read_junit(path: pathlib.Path) -> list[Outcome]:
    """The test cases of a JUnit file, as ctest and pytest write it."""
    outcomes = []
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        name = ".".join(filter(None, [case.get("classname"), case.get("name")]))
        if case.get("classname") == case.get("name"):  # ctest
            name = case.get("name", "")
        failure = next((c for c in case if c.tag in ("failure", "error")), None)
        skip = case.find("skipped")
        if failure is not None or case.get("status") == "fail":
            detail = failure.get("message", "") if failure is not None else ""
            outcomes.append(Outcome(name, FAILED, detail))
        elif case.get("status") == "notrun" and not _stood_aside(case):
            outcomes.append(Outcome(name, FAILED, skip.get("message", "") if skip is not None else "it did not run"))
        elif skip is not None or case.get("status") in ("notrun", "disabled"):
            detail = skip.get("message", "") if skip is not None else ""
            outcomes.append(Outcome(name, SKIPPED, _said(case) or detail))
        else:
            outcomes.append(Outcome(name, PASSED))
    return outcomes


def _stood_aside(case: xml.etree.ElementTree.Element) -> bool:
    """Whether a test that ctest counts as not run chose so itself: a missing program is "notrun" too."""
    skip = case.find("skipped")
    return skip is not None and skip.get("message", "").startswith("SKIP_")


def _said(case: xml.etree.ElementTree.Element) -> str:
    """The reason a GoogleTest gave for skipping: the line after "file:line: Skipped"."""
    lines = (case.findtext("system-out") or "").splitlines()
    for before, line in zip(lines, lines[1:], strict=False):
        if before.endswith("Skipped"):
            return line.strip()
    return ""


def apply_strictness(outcomes: list[Outcome]) -> list[Outcome]:
    """Where everything that a test needs is there, one that did not run has failed."""
    return [
        Outcome(o.name, FAILED, f"skipped: {o.detail}") if o.state == SKIPPED else o for o in outcomes
    ]


def count(outcomes: list[Outcome], state: str) -> int:
    return sum(o.state == state for o in outcomes)


def summary_line(outcomes: list[Outcome]) -> str:
    return ", ".join(f"{count(outcomes, state)} {state}" for state in (PASSED, FAILED, SKIPPED))
