"""Sanitizer suppressions name uninstrumented libraries, never code of ours."""

import re

ALLOWED = re.compile(r"[a-z_-]+:(libopenvino|libtbb|libarrow|libparquet)[\w.-]*\*?")


def test_suppressions_name_only_foreign_libraries(root_dir):
    files = sorted((root_dir / "tests/sanitizers").glob("*.supp"))
    assert len(files) == 4
    for path in files:
        for line in path.read_text().splitlines():
            if line and not line.startswith("#"):
                assert ALLOWED.fullmatch(line), f"{path.name}: {line}"


def test_the_rule_refuses_our_symbols():
    for line in ("race:fruits::Run", "leak:libfruits*", "race:*", "race:libopenvino*|fruits"):
        assert not ALLOWED.fullmatch(line)
