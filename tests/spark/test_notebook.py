"""The example notebook, run from its first cell to its last on rendered photos."""

import base64
import csv
import json
import os
import subprocess

import nbformat
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from nbclient import NotebookClient

from support.spark_settings import spark_environment


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("notebook")


@pytest.fixture(scope="module")
def executed(fruits_command, fruits_env, model_store, root_dir, place):
    photos = place / "photos"
    samples = [fruits_command, "samples", photos, "--kinds", "10", "--photos", "6"]
    subprocess.run(samples, env=fruits_env, check=True, capture_output=True)
    (next(photos.iterdir()) / "broken.jpg").write_text("no photo")
    settings = {"PHOTOS": str(photos), "RESULTS": str(place / "results"), "MASTER": "local[2]", "FRUITS_MODELS": str(model_store)}
    notebook = nbformat.read(root_dir / "examples/photos_to_components.ipynb", as_version=4)
    nbformat.validate(notebook)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**spark_environment(), "PYTHONPATH": fruits_env["PYTHONPATH"], **settings}.items():
            patch.setitem(os.environ, name, value)
        NotebookClient(notebook, timeout=300, kernel_name="python3").execute(cwd=str(place))
    return notebook


def outputs(notebook, word):
    return [output for cell in notebook.cells if word in cell.source for output in cell.get("outputs", [])]


def test_the_notebook(executed, place):
    pictures = [output.data["image/png"] for output in outputs(executed, "plt.show()") if "image/png" in output.get("data", {})]
    assert len(pictures) == 2 and all(base64.b64decode(picture).startswith(b"\x89PNG") for picture in pictures)
    assert any("broken.jpg" in output.get("text", "") for output in outputs(executed, "error is not null"))
    (file,) = (place / "results/pca_result.csv").glob("*.csv")
    rows = list(csv.DictReader(file.open(newline="")))
    assert len(rows) == 60 and len({row["label"] for row in rows}) == 10
    assert all(len(json.loads(row["features_pca"])) == 7 for row in rows)


def test_its_fit_is_everybodys(executed, fruits_command, fruits_env, place):
    results = place / "results"
    table = pq.read_table(results / "pca_result.parquet")
    features = pa.array([row["values"] for row in table["features"].to_pylist()], pa.list_(pa.float64()))
    pq.write_table(pa.table({"path": table["path"], "label": table["label"], "features": features}), place / "features.parquet")
    words = ["project", place / "features.parquet", "--fitted", results / "fit", "-o", place / "projected"]
    subprocess.run([fruits_command, *words], env=fruits_env, check=True, capture_output=True)
    ours = pq.read_table(place / "projected/pca_result.parquet")
    theirs = {row["path"]: row["features_pca"]["values"] for row in table.to_pylist()}
    for row in ours.to_pylist():
        assert max(abs(a - b) for a, b in zip(row["features_pca"], theirs[row["path"]], strict=True)) < 1e-9
