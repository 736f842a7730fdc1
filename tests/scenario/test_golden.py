"""The numbers of the original chain: Keras's features, Spark ML's scaler, PCA and projection, on its 30 photos."""

import csv
import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.chain import Command, column, run_json
from support.compare import align_signs, distance, within


@pytest.fixture(scope="module")
def resnet(fruits_command, fruits_env, resnet50_store):
    return Command(fruits_command, resnet50_store, fruits_env)


@pytest.fixture(scope="module")
def golden(data_dir):
    return data_dir / "golden"


def scores(folder) -> np.ndarray:
    with (folder / "pca_result.csv").open(newline="") as file:
        return np.array([json.loads(row["features_pca"]) for row in csv.DictReader(file)])


@pytest.fixture(scope="module")
def from_features(resnet, golden, tmp_path_factory):
    """Fit and projection of the golden's own features, as Spark ML does it: not centred."""
    out = tmp_path_factory.mktemp("golden") / "out"
    resnet("fit", golden / "golden.parquet", "-o", out, "--components", 7, "--no-center")
    resnet("project", golden / "golden.parquet", "--fitted", out, "-o", out, "--with-scaled")
    return out


def test_scaled_features_are_spark_mls(from_features, golden):
    within(column(from_features / "pca_result.parquet", "scaled"), column(golden / "golden.parquet", "scaled"), 1e-8)


def test_projection_is_spark_mls(from_features, golden):
    expected = column(golden / "golden.parquet", "features_pca").T
    within(align_signs(scores(from_features).T, expected).T, expected.T, 1e-8)


def test_explained_variance_ratio_is_spark_mls(from_features, golden):
    expected = json.loads((golden / "golden.json").read_text())["explained_variance_ratio"]
    within(run_json(from_features)["variance"]["share_of_total"], expected, 1e-8)


@pytest.fixture(scope="module")
def end_to_end(resnet, golden, tmp_path_factory):
    out = tmp_path_factory.mktemp("end-to-end") / "out"
    resnet("run", golden / "photos", "-o", out, "--model", "resnet50", "--components", 7, "--no-center")
    return out


def test_paths_and_labels_end_to_end(end_to_end, golden):
    table = pq.read_table(golden / "golden.parquet", columns=["path", "label"]).to_pylist()
    with (end_to_end / "pca_result.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [f"file://{golden}/photos/{row['path']}" for row in table]
    assert [row["label"] for row in rows] == [row["label"] for row in table]


def test_features_are_kerass(end_to_end, golden):
    expected = column(golden / "golden.parquet", "features")
    actual = column(end_to_end / "features", "features")
    # Row by row: "within" is over the largest magnitude of that vector.
    within(actual.T, expected.T, 5e-6)


def test_projection_end_to_end(end_to_end, golden):
    expected = column(golden / "golden.parquet", "features_pca").T
    within(align_signs(scores(end_to_end).T, expected).T, expected.T, 1e-3)


@pytest.mark.parametrize(("flags", "name"), [((), "centred"), (("--no-center",), "uncentred"), (("--no-center", "--with-mean"), "centred")])
def test_the_flattened_map_is_the_original_form(resnet, golden, tmp_path, flags, name):
    out = tmp_path / "out"
    resnet("run", golden / "photos", "-o", out, "--model", "resnet50", "--pooling", "none", "--components", 7, *flags)
    expected = column(golden / "golden_flat.parquet", f"features_pca_{name}").T
    within(align_signs(scores(out).T, expected).T, expected.T, 1e-3)
    reference = json.loads((golden / "golden_flat.json").read_text())[name]
    variance = run_json(out)["variance"]
    within(variance["share_of_total"], reference["share_of_total"], 1e-3)
    within(variance["share_of_kept"], reference["share_of_kept"], 1e-3)
    within(variance["share_of_kept"], reference["spark_explained_variance"], 1e-3)


def test_raspberry_and_mango_are_apart_on_the_first_component(end_to_end):
    with (end_to_end / "pca_result.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    first = {label: [json.loads(r["features_pca"])[0] for r in rows if r["label"] == label] for label in ("mango", "raspberry")}
    assert max(first["mango"]) < min(first["raspberry"]) or max(first["raspberry"]) < min(first["mango"])


def test_a_reloaded_bundle_gives_the_same_bits(resnet, golden, tmp_path, end_to_end):
    resnet("run", golden / "photos", "-o", tmp_path / "out", "--model", resnet.store / "resnet50", "--components", 7)
    assert distance(column(tmp_path / "out/features", "features"), column(end_to_end / "features", "features")) == 0
