"""`fruits compare`: one row a combination, judged on the same photos, resumable; and runs over a sample."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest

from support.chain import column, run_json


@pytest.fixture(scope="module")
def fruit(fruits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare") / "fruit"
    fruits("samples", folder, "--kinds", 6, "--photos", 10)
    return folder


def texts(out, name):
    """Of one column, in the order of the parts."""
    return [t for part in sorted((out / "features").iterdir()) for t in pq.read_table(part, columns=[name])[name].to_pylist()]


def compared(fruits, fruit, out, *flags, exit_code=0):
    done = fruits("compare", fruit, "-o", out, "--store", fruits.store, "--progress", "none", *flags, exit_code=exit_code)
    return done, json.loads((out / "compare.json").read_text())


def test_one_row_a_combination(fruits, fruit, tmp_path):
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "0,64", "--pooling", "avg,none", "--components", "3,5")
    names = [row["name"] for row in record["features"]]
    assert names == [f"efficientnet-lite0-model-{size}-{pooling}" for size in ("own", "64") for pooling in ("avg", "none")]
    first, _, small, _ = record["features"]
    assert first["input_size"] == 224 and small["input_size"] == 64 and "agreement" not in first
    for row in record["features"]:
        quality = row["quality"]
        assert quality["photos"] == 60 and quality["labels"] > 1 and row["images_per_second"] > 0 and row["model_bytes"] > 10**6
        assert 0 <= quality["nearest_accuracy"] <= 1 and 0 <= quality["probe_accuracy"] <= 1
        assert 0 < quality["variance_kept"]["3"] < quality["variance_kept"]["5"] <= 1
    agreement = small["agreement"]
    assert agreement["cosine"]["min"] <= agreement["cosine"]["percentile_1"] <= agreement["cosine"]["mean"] < 0.999
    assert len(agreement["angles"]) == 3 and max(agreement["angles"]) > 1
    assert "cosine" not in record["features"][1]["agreement"], "rows of another width have none"
    lines = done.stdout.splitlines()
    assert len(lines) == 5 and all(line.startswith(name) for line, name in zip(lines[1:], names, strict=True))


def test_numbers_are_those_of_the_features(fruits, fruit, tmp_path):
    """Against numpy on the same stored features."""
    _, record = compared(fruits, fruit, tmp_path, "--input-size", "0,96", "--group", r"([^/]+)$", "--components", "4")
    a, b = (column(tmp_path / row["name"] / "features", "features").astype(np.float64) for row in record["features"])
    labels = np.array(texts(tmp_path / record["features"][0]["name"], "label"))
    cosine = np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    assert record["features"][1]["agreement"]["cosine"]["mean"] == pytest.approx(cosine.mean(), abs=1e-9)
    nearest = []
    for features, row in zip((a, b), record["features"], strict=True):
        squared = np.sum(features**2, axis=1)
        distance = squared[:, None] + squared[None] - 2 * features @ features.T
        np.fill_diagonal(distance, np.inf)  # each photo is a group of its own
        nearest.append(distance.argmin(axis=1))
        assert row["quality"]["nearest_accuracy"] == pytest.approx(np.mean(labels[nearest[-1]] == labels))
        spread = features.std(axis=0, ddof=1)
        scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
        values = np.linalg.svd(scaled, compute_uv=False) ** 2
        assert row["quality"]["variance_kept"]["4"] == pytest.approx(values[:4].sum() / values.sum(), rel=1e-9)
    assert record["features"][1]["agreement"]["same_nearest_photo"] == pytest.approx(np.mean(nearest[0] == nearest[1]))


def test_what_is_there_is_kept_and_a_combination_that_cannot_be_is_named(fruits, fruit, tmp_path):
    compared(fruits, fruit, tmp_path, "--input-size", "96")
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "96", "--models", "efficientnet-lite0,no-such", exit_code=1)
    kept, fault = record["features"]
    assert "images_per_second" not in kept and "no-such" in fault["fault"] and "no-such-model-96-avg" in done.stderr
    assert "kept" in done.stdout and run_json(tmp_path / kept["name"])["counts"]["kept"] == 60


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--components", "0"), "--components '0': expected whole numbers from 1 on"),
        (("--input-size", "x"), "--input-size 'x'"),
        (("--input-size", "7"), "--input-size '7'"),
        (("--pooling", "max"), "--pooling 'max': expected avg or none"),
        (("--precision", "f64"), "--precision 'f64': expected model, auto, f32, bf16 or int8"),
        (("--images", "-1"), "--images '-1'"),
    ],
)
def test_wrong_words_are_named(fruits, fruit, tmp_path, flags, words):
    done = fruits("compare", fruit, "-o", tmp_path / "out", "--store", fruits.store, *flags, exit_code=2)
    assert words in done.stderr and not (tmp_path / "out").exists()


def test_components_that_the_photos_do_not_have_are_left_open(fruits, fruit, tmp_path):
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "64", "--components", "100,3")
    quality = record["features"][0]["quality"]
    assert quality["variance_kept"]["100"] is None and 0 < quality["variance_kept"]["3"] < 1
    assert quality["nearest_accuracy"] > 0 and " - " in done.stdout


def test_a_wrong_group_is_said_before_any_work(fruits, fruit, tmp_path):
    done = fruits("compare", fruit, "-o", tmp_path / "out", "--store", fruits.store, "--group", "(", exit_code=2)
    assert "--group '(': expected a regular expression with one group" in done.stderr
    assert not (tmp_path / "out").exists()


def test_rejected_photos_are_counted(fruits, fruit, tmp_path):
    bad = tmp_path / "bad/apple/broken.jpg"
    bad.parent.mkdir(parents=True)
    bad.write_bytes(b"no photo")
    flags = ("-o", tmp_path / "out", "--store", fruits.store, "--input-size", "64", "--max-rejected", "0")
    done = fruits("compare", fruit, tmp_path / "bad", *flags, exit_code=3)
    assert "1 photos were rejected" in done.stderr
    assert json.loads((tmp_path / "out/compare.json").read_text())["features"][0]["rejected"] == 1


def test_two_stores_models_of_one_name(fruits, fruit, tmp_path):
    bundle = fruits.store / "efficientnet-lite0"
    _, record = compared(fruits, fruit, tmp_path, "--models", f"{bundle},{bundle}/", "--input-size", "64")
    assert [row["name"] for row in record["features"]] == [f"efficientnet-lite0-model-64-avg{end}" for end in ("", "-2")]
    assert all("fault" not in row for row in record["features"])


def test_a_sample_is_spread_evenly(fruits, fruit, tmp_path):
    fruits("extract", fruit, "-o", tmp_path / "all", "--input-size", 96)
    fruits("extract", fruit, "-o", tmp_path / "some", "--input-size", 96, "--sample", 7)
    everything = texts(tmp_path / "all", "path")
    assert texts(tmp_path / "some", "path") == [everything[i * 60 // 7] for i in range(7)]
    done = fruits("extract", fruit, "-o", tmp_path / "all", "--input-size", 96, "--sample", 7, exit_code=1)
    assert "--sample 7" in done.stderr and len(texts(tmp_path / "all", "path")) == 60
    fruits("extract", fruit, "-o", tmp_path / "some", "--input-size", 96, "--sample", 100)
    assert len(texts(tmp_path / "some", "path")) == 60
