"""The counting behind ./test.sh: what ctest and pytest write is read as it happened."""

import subprocess
import sys

import outcomes
import pytest
from outcomes import FAILED, PASSED, SKIPPED, Outcome


def states(found):
    return {o.name.rsplit(".", 1)[-1]: o.state for o in found}


def test_reads_what_pytest_writes(tmp_path):
    (tmp_path / "test_made.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert 1 == 2\n"
        "def test_left_out(): pytest.skip('no data')\n"
        "@pytest.fixture\n"
        "def broken(): raise RuntimeError('broken fixture')\n"
        "def test_error(broken): pass\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--junitxml=out.xml", "."]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 1
    found = outcomes.read_junit(tmp_path / "out.xml")
    assert states(found) == {"test_good": PASSED, "test_bad": FAILED, "test_left_out": SKIPPED, "test_error": FAILED}
    assert "no data" in next(o.detail for o in found if o.state == SKIPPED)


def test_reads_what_ctest_writes(tmp_path):
    (tmp_path / "CTestTestfile.cmake").write_text(
        'add_test(good "true")\nadd_test(bad "false")\nadd_test(crash "sh" "-c" "kill -SEGV $$")\n'
        'add_test(left_out "echo" "[  SKIPPED ] the data is not there")\n'
        'set_tests_properties(left_out PROPERTIES SKIP_REGULAR_EXPRESSION "\\\\[  SKIPPED \\\\]")\n'
        'add_test(absent "/no/such/program")\n'
    )
    command = ["ctest", "--output-junit", "out.xml"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode != 0
    assert states(outcomes.read_junit(tmp_path / "out.xml")) == {
        "good": PASSED, "bad": FAILED, "crash": FAILED, "left_out": SKIPPED, "absent": FAILED,
    }  # fmt: skip


def test_strictness_turns_skips_into_failures():
    before = [Outcome("a", PASSED), Outcome("b", SKIPPED, "no data")]
    after = outcomes.apply_strictness(before)
    assert [o.state for o in after] == [PASSED, FAILED]
    assert after[1].detail == "skipped: no data"


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ([], "0 passed, 0 failed, 0 skipped"),
        ([PASSED, PASSED, FAILED, SKIPPED], "2 passed, 1 failed, 1 skipped"),
    ],
)
def test_summary_line(given, line):
    assert outcomes.summary_line([Outcome(str(i), state) for i, state in enumerate(given)]) == line
