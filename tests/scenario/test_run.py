"""What a run leaves behind, on real photos."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.chain import digest, parts, run_json


@pytest.fixture(scope="module")
def finished(fruits, few_photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "results"
    fruits("run", few_photos, "-o", folder, "--components", 5, "--with-scaled")
    return folder


def test_files_of_a_run(finished):
    names = sorted(str(p.relative_to(finished)) for p in finished.rglob("*") if p.is_file())
    tag = parts(finished)[0].stem.rsplit("-", 1)[1]
    assert names == [
        "_run/state.json",
        f"features/part-000000-{tag}.parquet",
        "fitted/metadata.json",
        "fitted/tensors.safetensors",
        "pca_result.csv",
        "pca_result.parquet",
        "projection.svg",
        "rejected.csv",
        "report.html",
        "run.json",
        "scree.svg",
        f"thumbs/part-000000-{tag}.parquet",
    ]


def test_csv_has_the_rows_in_catalog_order(finished, few_photos):
    rows = list(csv.DictReader((finished / "pca_result.csv").open(newline="")))
    assert list(rows[0]) == ["path", "label", "features_pca"]
    photos = sorted(str(p).encode() for p in few_photos.rglob("*.jpg"))
    assert [row["path"] for row in rows] == ["file://" + p.decode() for p in photos]
    assert [row["label"] for row in rows] == [p.decode().split("/")[-2] for p in photos]
    assert all(len(json.loads(row["features_pca"])) == 5 for row in rows)


def test_csv_and_parquet_hold_the_same_doubles(finished):
    rows = list(csv.DictReader((finished / "pca_result.csv").open(newline="")))
    table = pq.read_table(finished / "pca_result.parquet")
    assert table["path"].to_pylist() == [row["path"] for row in rows]
    assert table["features_pca"].to_pylist() == [json.loads(row["features_pca"]) for row in rows]


def test_scaled_features_are_the_features_over_their_standard_deviation(finished):
    features = np.array(pq.read_table(parts(finished)[0])["features"].to_pylist(), dtype=np.float64)
    scaled = np.array(pq.read_table(finished / "pca_result.parquet")["scaled"].to_pylist())
    std = features.std(axis=0, ddof=1)
    expected = np.divide(features, std, out=np.zeros_like(features), where=std > 0)
    assert np.abs(scaled - expected).max() <= 1e-9 * np.abs(expected).max()


def test_run_json_names_every_file_with_its_digest(finished):
    record = run_json(finished)
    on_disk = {str(p.relative_to(finished)) for p in finished.rglob("*") if p.is_file()}
    assert set(record["files"]) == {name for name in on_disk if name != "run.json" and not name.startswith("_run/")}
    for name, file in record["files"].items():
        assert file["size_bytes"] == (finished / name).stat().st_size
        assert file["sha256"] == digest(finished / name)


def test_run_json_says_what_ran(finished, few_photos):
    record = run_json(finished)
    count = len(list(few_photos.rglob("*.jpg")))
    assert record["command"] == "run"
    assert record["counts"]["photos"] == record["counts"]["features"] == record["counts"]["computed"] == count
    assert record["counts"]["rejected"] == 0
    assert record["options"]["components"] == 5 and record["options"]["model"] == "efficientnet-lite0"
    assert record["fingerprint"]["fields"]["precision"] == "f32"
    shares = record["variance"]
    assert abs(sum(shares["share_of_kept"]) - 1) < 1e-12
    assert shares["cumulative_share_of_total"][-1] == pytest.approx(sum(shares["share_of_total"]))
    assert record["seconds"]["total"] > 0


def test_status_tells_finished_and_broken(fruits, finished, tmp_path):
    assert fruits("status", finished).stdout.startswith("finished: ")
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(finished, broken)
    (broken / "scree.svg").write_text("other")
    assert "broken" in fruits("status", broken, exit_code=1).stdout
    (broken / "run.json").unlink()
    assert "unfinished" in fruits("status", broken, exit_code=1).stdout
    assert "empty" in fruits("status", tmp_path / "nothing", exit_code=1).stdout
    assert "foreign" in fruits("status", few_things(tmp_path), exit_code=1).stdout


def few_things(folder):
    (folder / "mine").mkdir()
    (folder / "mine/letter.txt").write_text("mine")
    return folder / "mine"


def test_parts_of_the_chain_give_what_the_chain_gives(fruits, finished, few_photos, tmp_path):
    out = tmp_path / "steps"
    fruits("extract", few_photos, "-o", out)
    assert run_json(out)["command"] == "extract"
    fruits("fit", out, "-o", out, "--components", 5)
    fruits("project", out, "--fitted", out, "-o", out)
    assert (out / "pca_result.csv").read_bytes() == (finished / "pca_result.csv").read_bytes()
    assert (out / "fitted/tensors.safetensors").read_bytes() == (finished / "fitted/tensors.safetensors").read_bytes()
    assert fruits("status", out).stdout.startswith("finished")


def test_variance_chooses_the_number_of_components(fruits, few_photos, tmp_path):
    fruits("run", few_photos, "-o", tmp_path / "out", "--variance", "80%")
    shares = run_json(tmp_path / "out")["variance"]["cumulative_share_of_total"]
    assert shares[-1] >= 0.8 > shares[-2]


def test_too_many_components_are_refused_before_any_work(fruits, few_photos, tmp_path):
    done = fruits("run", few_photos, "-o", tmp_path / "out", "--components", 60, exit_code=2)
    assert "--components 60" in done.stderr and "at most 59" in done.stderr
    assert not (tmp_path / "out/features").exists()


def test_a_reader_refuses_a_folder_that_disagrees_with_its_run_json(fruits, finished, tmp_path):
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(finished, broken)
    (broken / "rejected.csv").unlink()
    done = fruits("fit", broken, "-o", tmp_path / "fit", exit_code=1)
    assert "rejected.csv (missing)" in done.stderr


def test_label_rules(fruits, few_photos, tmp_path):
    fruits("run", few_photos, "-o", tmp_path / "none", "--label", "none", "--limit", 20, "--components", 2)
    rows = list(csv.DictReader((tmp_path / "none/pca_result.csv").open(newline="")))
    assert len(rows) == 20 and {row["label"] for row in rows} == {""}
    # Another label rule never computes features again.
    fruits("run", few_photos, "-o", tmp_path / "none", "--label", r"/([A-Z])[^/]*/[^/]*$", "--limit", 20, "--components", 2)
    rows = list(csv.DictReader((tmp_path / "none/pca_result.csv").open(newline="")))
    assert {len(row["label"]) for row in rows} == {1}
    assert run_json(tmp_path / "none")["counts"]["computed"] == 0


@pytest.mark.parametrize(("column", "name"), [("path", "path"), ("label", "label"), ("categories", "label")])
def test_project_names_the_file_and_the_row_whose_text_is_not_utf8(fruits, finished, tmp_path, column, name):
    """The bytes would else stand in a CSV that nobody can read."""
    good = pa.array(["a", "b", "c"])
    bad = pa.array([b"x", b"y", b"caf\xe9"], pa.binary()).view(pa.string())
    if column == "categories":
        bad = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2], pa.int32()), bad)
    features = pa.array(np.zeros((3, 1280), np.float32).tolist(), pa.list_(pa.float32()))
    texts = {"path": bad if name == "path" else good, "label": bad if name == "label" else good}
    table = tmp_path / "features.parquet"
    pq.write_table(pa.table({**texts, "features": features}), table)
    for command in (["project", table, "--fitted", finished], ["fit", table, "--components", 1]):
        done = fruits(*command, "-o", tmp_path / "out", exit_code=2)
        assert f"{table.as_uri()}: row 2 has a {name} that is not UTF-8, 'caf%E9'; expected UTF-8" in done.stderr
        assert not (tmp_path / "out/pca_result.csv").exists()
