"""`fruits report`, and the bounds of the page's size."""

import json
import shutil

import numpy as np
import pytest

from report_page import data_of, thumbnails_of
from support.chain import Command, run_json, unpack

MB = 1_000_000


@pytest.fixture
def finished(sample_run, tmp_path):
    return shutil.copytree(sample_run, tmp_path / "results")


def test_run_names_the_page_among_its_files(sample_run):
    file = run_json(sample_run)["files"]["report.html"]
    assert file["size_bytes"] == (sample_run / "report.html").stat().st_size


def test_report_writes_the_same_page_again(fruits, finished):
    """But for the times, which were not all known when the run wrote its own."""
    before, thumbnails = data_of(finished / "report.html"), thumbnails_of(finished / "report.html")
    (finished / "report.html").unlink()
    done = fruits("report", finished)
    assert done.stdout.strip() == (finished / "report.html").as_uri()
    after = data_of(finished / "report.html")
    assert thumbnails_of(finished / "report.html") == thumbnails
    for page in (before, after):
        page["scores"], page["class_of"] = page["scores"].tolist(), page["class_of"].tolist()
        for taken in ("seconds", "images_per_second", "use"):
            page["run"].pop(taken, None)
    assert after == before
    assert fruits("status", finished).stdout.startswith("finished")


def test_report_elsewhere_leaves_the_folder_alone(fruits, finished, tmp_path):
    before = {p: p.read_bytes() for p in finished.rglob("*") if p.is_file()}
    fruits("report", finished, "-o", tmp_path / "mine/page.html", "--report-thumbnails", 10)
    assert sum(map(bool, thumbnails_of(tmp_path / "mine/page.html"))) == 10
    (tmp_path / "folder").mkdir()
    fruits("report", finished, "-o", tmp_path / "folder", "--report-thumbnails", "none")
    assert not any(thumbnails_of(tmp_path / "folder/report.html"))
    assert {p: p.read_bytes() for p in finished.rglob("*") if p.is_file()} == before


def test_an_older_report_is_no_reason_to_refuse(fruits, finished):
    (finished / "report.html").write_text("other")
    assert "broken" in fruits("status", finished, exit_code=1).stdout
    fruits("report", finished)
    assert fruits("status", finished).stdout.startswith("finished")


def test_a_folder_that_is_not_whole_is_refused(fruits, finished, tmp_path):
    (finished / "rejected.csv").unlink()
    done = fruits("report", finished, exit_code=1)
    assert "rejected.csv (missing)" in done.stderr
    done = fruits("report", tmp_path / "nothing", exit_code=1)
    assert "run.json" in done.stderr and not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("name", ["run.json", "pca_result.parquet", "page.txt", "out/other/report.html"])
def test_a_page_takes_no_other_files_place(fruits, finished, tmp_path, name):
    target = finished / name
    if name.endswith("/report.html"):
        target.parent.mkdir(parents=True)
        (target.parent / "run.json").write_text("{}")
    before = target.read_bytes() if target.exists() else None
    done = fruits("report", finished, "-o", target, exit_code=2)
    assert f"--output {target}: " in done.stderr
    assert (target.read_bytes() if target.exists() else None) == before
    assert fruits("report", finished, "-o", "/dev/null", exit_code=2).stderr.count(".html") == 1


def test_what_is_wrong_with_the_option_is_said(fruits, finished):
    done = fruits("report", finished, "--report-thumbnails", "many", exit_code=2)
    assert "--report-thumbnails 'many': expected auto, none or a whole number" in done.stderr
    done = fruits("run", finished, "-o", finished, "--report-thumbnails", "-1", exit_code=2)
    assert "--report-thumbnails '-1'" in done.stderr


def test_fit_leaves_no_report_and_project_makes_one(fruits, finished, tmp_path):
    fruits("fit", finished, "-o", finished, "--components", 3)
    assert not (finished / "report.html").exists()
    done = fruits("report", finished, exit_code=1)
    assert "pca_result.parquet is missing" in done.stderr
    fruits("project", finished, "--fitted", finished, "-o", tmp_path / "out")
    page = data_of(tmp_path / "out/report.html")
    assert page["components"] == 3
    assert all(thumbnails_of(tmp_path / "out/report.html")), "they are those beside the features"
    # Of the fit nothing lies there but its shares.
    fruits("report", tmp_path / "out", "-o", tmp_path / "again.html")
    assert data_of(tmp_path / "again.html")["variance"]["known"] == 3


def test_run_without_thumbnails(fruits, sample_photos, tmp_path):
    fruits("run", sample_photos, "-o", tmp_path / "out", "--no-thumbnails", "--limit", 20, "--max-rejected", "9%")
    assert not any(thumbnails_of(tmp_path / "out/report.html"))


def test_one_component_and_one_label(fruits, sample_photos, show, tmp_path):
    fruits("run", sample_photos, "-o", tmp_path / "out", "--label", "none", "--components", 1, "--limit", 9, "--max-rejected", "20%")
    page = show(tmp_path / "out/report.html")
    assert "There is one label only." in page.text("#labels")
    assert "points lie on a line" in page.page.locator(".overlay").text_content()
    page.picture("one-component")


@pytest.fixture(scope="module")
def golden_run(fruits_command, fruits_env, resnet50_store, data_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("golden") / "out"
    resnet = Command(fruits_command, resnet50_store, fruits_env)
    resnet("run", data_dir / "golden/photos", "-o", out, "--model", "resnet50", "--no-center")
    return out


def test_30_photos_raspberry_and_mango_apart(golden_run, show):
    """As on the original's slide; and the page of 30 photos is small."""
    report = golden_run / "report.html"
    assert report.stat().st_size <= 1.5 * MB
    page = show(report)
    page.bring("#map")
    page.picture("golden")
    names = np.array([page.data["classes"][c]["name"] for c in page.data["class_of"]])
    places = page.places()
    raspberry, mango = places[names == "raspberry"], places[names == "mango"]
    assert len(raspberry) > 2 and len(mango) > 2
    # Nothing of either within half the map's width of the other, along PC1.
    left, right = sorted([raspberry[:, 0], mango[:, 0]], key=np.mean)
    assert right.min() - left.max() > page.plot()[2] / 2


def test_real_photos_of_131_kinds(fruits, data_dir, cache_dir, show, tmp_path):
    photos = unpack(data_dir / "fruits360/test.tar", cache_dir / "photos-every-41st", 41)
    fruits("run", photos, "-o", tmp_path / "out")
    page = show(tmp_path / "out/report.html")
    assert len(page.data["classes"]) == len({(c["color"], c["shape"]) for c in page.data["classes"]}) > 120
    page.bring("#map")
    page.picture("kinds")
    page.bring("#labels")
    page.picture("kinds-labels")
    assert json.loads((tmp_path / "out/run.json").read_text())["files"]["report.html"]["size_bytes"] <= 1.5 * MB
