"""fruits.plot and --plots png."""

import json
import re
import shutil
import sys

import pytest

import fruits.plot
import fruits.plot as fruits_plot  # a test's `fruits` is the command
from support.chain import run_json

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")


def texts(figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(matplotlib.text.Text))


def test_scree_has_a_bar_a_component(sample_run):
    figure = fruits.plot.scree(sample_run)
    shares = run_json(sample_run)["variance"]["share_of_total"]
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == pytest.approx([100 * share for share in shares])
    assert "Share of the total variance" in texts(figure) and "all up to it" in texts(figure)


def test_projection_has_all_photos_and_labels(sample_run):
    figure = fruits.plot.projection(sample_run, 2, 3)
    groups = figure.axes[0].collections
    assert sum(len(group.get_offsets()) for group in groups) == 144
    assert len({(tuple(g.get_facecolor()[0]), g.get_paths()[0].vertices.tobytes()) for g in groups}) == 12
    assert "Banana" in texts(figure) and "PC2 (" in texts(figure) and "PC3 (" in texts(figure)


def test_labels_of_any_kind_stand_in_the_legend(fruits, sample_photos, tmp_path):
    photos = tmp_path / "photos"
    labels = ["_hidden", "$x^2$", "x" * 240]
    for source, label in zip(sorted(sample_photos.rglob("*.jpg"))[::13], labels * 3, strict=False):
        folder = photos / label
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, folder / f"{len(list(folder.iterdir()))}.jpg")
    fruits("run", photos, "-o", tmp_path / "out", "--components", 1, "--plots", "png")
    assert (tmp_path / "out/projection.png").exists(), "one component is a line"
    figure = fruits_plot.projection(tmp_path / "out")
    assert "only one component" in texts(figure)
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown == [r"\$x^2\$", "_hidden", "x" * 39 + "…"]
    figure.draw_without_rendering()


def test_131_labels_stand_in_the_legend(monkeypatch):
    import pyarrow

    names = [f"label {i}" for i in range(131)]
    vectors = pyarrow.FixedSizeListArray.from_arrays(pyarrow.array([float(i) for i in range(262)]), 2)
    monkeypatch.setattr(fruits_plot, "_scores", lambda run: pyarrow.table({"label": names, "features_pca": vectors}))
    monkeypatch.setattr(fruits_plot, "_record", lambda run: {})
    figure = fruits_plot.projection("no run")
    figure.draw_without_rendering()
    texts = figure.legends[0].get_texts()
    assert [text.get_text() for text in texts] == sorted(names, key=str.encode)
    boxes = [text.get_window_extent() for text in texts]
    page = figure.bbox
    assert all(box.x0 >= 0 and box.x1 <= page.x1 and box.y0 >= 0 and box.y1 <= page.y1 for box in boxes)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_colours_are_those_of_the_svg(root_dir):
    source = (root_dir / "src/report/palette.cc").read_text()
    few, many = (re.findall(r"#[0-9a-f]{6}", block) for block in re.findall(r"k(?:Few|Many)\{(.*?)\}", source, re.S))
    assert (fruits.plot._FEW, fruits.plot._MANY) == (few, many)


def test_what_is_wrong_is_said(sample_run, tmp_path):
    with pytest.raises(ValueError, match="y=8: expected a component from 1 to 7"):
        fruits.plot.projection(sample_run, 1, 8)
    with pytest.raises(FileNotFoundError):
        fruits.plot.scree(tmp_path)
    (tmp_path / "run.json").write_text(json.dumps({"command": "extract", "files": {}}))
    with pytest.raises(ValueError, match="a run with a fit, found one of 'extract'"):
        fruits.plot.scree(tmp_path)
    with pytest.raises(ValueError, match="found no pca_result.parquet"):
        fruits.plot.projection(tmp_path)


def test_without_matplotlib_the_message_says_what_to_install(sample_run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install 'matplotlib>=3.8'"):
        fruits.plot.scree(sample_run)


def test_png_beside_the_svg(fruits, sample_photos, pictures, tmp_path):
    out = tmp_path / "out"
    done = fruits("run", sample_photos, "-o", out, "--plots", "png", "--max-rejected", "0.1%", exit_code=3)
    assert done.stdout.strip() == out.as_uri()
    for name in ("scree.png", "projection.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
        assert name in run_json(out)["files"]
        shutil.copy(out / name, pictures)
    assert fruits("status", out).stdout.startswith("finished")
    fruits("fit", out, "-o", out, "--components", 2, "--plots", "png")
    assert (out / "scree.png").exists() and not (out / "projection.png").exists()
    assert fruits("status", out).stdout.startswith("finished")
