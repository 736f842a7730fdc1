"""What pages and messages say of installing works: the package is not on PyPI."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[3]


def test_nothing_sends_to_pypi_for_fruits():
    files = [ROOT / "README.md", *(f for room in ("docs", "python", "apps", "src", "examples", "deploy") for f in (ROOT / room).rglob("*"))]
    texts = {f: f.read_text() for f in files if f.suffix in {".md", ".py", ".cc", ".h", ".ipynb", ".sh", ".txt"}}
    assert len(texts) > 100
    wrong = re.compile(r"pip install +(-\S+ +)*['\"]?fruits\b")
    assert [str(f.relative_to(ROOT)) for f, text in texts.items() if wrong.search(text)] == []
