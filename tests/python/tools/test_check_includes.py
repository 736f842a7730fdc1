"""tools/check_includes.py: our tree passes it, and it sees what it should see."""

import pathlib

import check_includes
import pytest


def check(path: str, text: str) -> list[str]:
    return check_includes.check_text(pathlib.PurePath(path), text)


def test_our_tree_has_no_violation(root_dir):
    assert check_includes.check_tree(root_dir) == []


def test_every_room_with_sources_has_a_rank(root_dir):
    rooms = {p.name for p in (root_dir / "src").iterdir() if p.is_dir()}
    assert rooms == set(check_includes.RANKS)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("src/stats/pca.cc", '#include "fruits/stats/pca.h"'),
        ("src/stats/pca.cc", '#include "fruits/core/error.h"'),
        ("src/stats/pca.cc", '#include "stats/blas.h"'),
        ("src/io/file.cc", "#include <arrow/api.h>"),
        ("src/pipeline/run.cc", '#include "fruits/model/bundle.h"'),
        ("include/fruits/io/file.h", "#include <vector>"),
        ("apps/cli/run.cc", '#include "fruits/report/scree_svg.h"'),
        ("tests/cpp/stats/pca_test.cc", '#include "stats/blas.h"'),
        ("src/io/file.cc", 'std::snprintf(buffer, 8, "%d", 1); // never printf("...")'),
        ("src/io/file.cc", 'auto text = "exit(1)";'),
        ("src/model/cpu_guard.cc", 'setenv("A", "B", 1);'),
    ],
)
def test_allowed(path, line):
    assert check(path, line) == []


@pytest.mark.parametrize(
    ("path", "line", "message"),
    [
        ("src/core/sha256.cc", '#include "fruits/io/file.h"', "may not use io"),
        ("src/io/file.cc", '#include "fruits/image/image.h"', "may not use image"),
        ("src/stats/pca.cc", '#include "fruits/model/bundle.h"', "may not use model"),
        ("tests/cpp/io/file_test.cc", '#include "fruits/pipeline/run.h"', "may not use pipeline"),
        ("src/pipeline/run.cc", '#include "stats/blas.h"', "private header of stats"),
        ("apps/cli/run.cc", '#include "io/arrow_error.h"', "private header of io"),
        ("include/fruits/io/file.h", "#include <arrow/api.h>", "only fruits/"),
        ("include/fruits/io/file.h", "#include <fcntl.h>", "only fruits/"),
        ("include/fruits/io/file.h", '#include "io/arrow_error.h"', "only fruits/"),
        ("src/io/file.cc", 'std::cerr << "x";', "does not print"),
        ("src/io/file.cc", 'fmt::print("x");', "does not print"),
        ("src/io/file.cc", "if (bad) exit(1);", "does not end the process"),
        ("src/io/file.cc", 'auto* home = std::getenv("HOME");', "touch the environment"),
        ("include/fruits/io/file.h", 'inline void f() { puts("x"); }', "does not print"),
    ],
)
def test_refused(path, line, message):
    (violation,) = check(path, "\n" + line)
    assert message in violation
    assert violation.startswith(f"{path}:2: ")
