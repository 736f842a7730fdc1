"""`fruits compare`: one row a combination, judged on the same photos, resumable; and runs over a sample."""

import json
import os
import re
import signal

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
    assert len(lines) == 6 and all(line.startswith(name) for line, name in zip(lines[1:5], names, strict=True))
    assert record["finished"] and set(record["speeds"]) == set(names)


def test_the_groups_are_told(fruits, fruit, tmp_path):
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "64")
    groups = record["groups"]
    assert groups == record["features"][0]["quality"]["groups"] and groups["labels_without_margins"] == 0
    sizes = groups["photos_a_group"]
    assert groups["groups"] == 5 and sizes["least"] <= 60 / 5 <= sizes["most"]
    assert done.stdout.splitlines()[-1].startswith("Groups: 5 of ") and groups["rule"] in done.stdout
    assert "flatter" not in done.stderr
    few, record = compared(fruits, fruit, tmp_path / "few", "--input-size", "64", "--images", "18")
    labels = record["features"][0]["quality"]["labels"]
    assert record["groups"]["labels_without_margins"] == labels
    assert f"{labels} of {labels} labels have too few photos to keep neighbours apart: accuracies flatter" in few.stderr


def runs(paths, labels):
    """The run and the place of each photo in its label, whose paths are in natural order already, and the label's size."""
    sizes = {label: labels.count(label) for label in set(labels)}
    seen = dict.fromkeys(sizes, 0)
    for label in labels:
        place, size = seen[label], sizes[label]
        seen[label] += 1
        yield label, place * 5 // size, place, size


def test_neighbours_are_not_asked(fruits, fruit, tmp_path):
    """The rule of the groups, written anew, against numpy on the stored features."""
    _, record = compared(fruits, fruit, tmp_path, "--input-size", "64")
    folder = tmp_path / record["features"][0]["name"]
    features = column(folder / "features", "features").astype(np.float64)
    labels = texts(folder, "label")
    photos = list(runs(texts(folder, "path"), labels))

    def may_tell(row, asked):
        label, run, place, size = row
        if run == asked[1]:
            return False
        margin = -(-size // 10)  # half a run
        beside = {(place + step) % size * 5 // size for step in range(-margin, margin + 1)}
        return asked[1] not in beside

    squared = np.sum(features**2, axis=1)
    distance = squared[:, None] + squared[None] - 2 * features @ features.T
    for i, asked in enumerate(photos):
        distance[i, [j for j, row in enumerate(photos) if not may_tell(row, asked)]] = np.inf
    right = [labels[j] == label for j, label in zip(distance.argmin(axis=1), labels, strict=True)]
    assert record["features"][0]["quality"]["nearest_accuracy"] == pytest.approx(np.mean(right))


@pytest.fixture(scope="module")
def alone(fruit, tmp_path_factory):
    """One photo of each kind."""
    folder = tmp_path_factory.mktemp("alone")
    for kind in sorted(p for p in fruit.rglob("*") if p.is_dir() and list(p.glob("*.jpg"))):
        (folder / kind.name).mkdir()
        (folder / kind.name / "1.jpg").symlink_to(min(kind.glob("*.jpg")))
    return folder


@pytest.mark.parametrize("how", ["none", "flat", "alone"])
def test_photos_without_labels_keep_all_that_needs_none(fruits, fruit, alone, tmp_path, how):
    photos, flags = fruit, ("--label", "none")
    if how == "flat":
        photos, flags = tmp_path / "flat", ()
        photos.mkdir()
        for number, photo in enumerate(sorted(fruit.rglob("*.jpg"))):
            (photos / f"{number}.jpg").symlink_to(photo)
    elif how == "alone":
        photos, flags = alone, ()
    done, record = compared(fruits, photos, tmp_path / "out", "--input-size", "0,64", "--components", "2", *flags)
    for row in record["features"]:
        quality = row["quality"]
        assert "fault" not in row and row["images_per_second"] > 0 and row["model_bytes"] > 0
        assert quality["nearest_accuracy"] is None and quality["probe_accuracy"] is None
        assert quality["accuracy_unknown_as"].startswith("no labels") and 0 < quality["variance_kept"]["2"] < 1
    agreement = record["features"][1]["agreement"]
    assert 0 < agreement["cosine"]["mean"] < 1 and len(agreement["angles"]) == 2 and agreement["same_nearest_label"] is None
    assert (agreement["same_nearest_photo"] is None) == (how == "alone")
    assert "not known: no labels" in done.stdout and "flatter" not in done.stderr


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
    assert "no-such" in fault["fault"] and "no-such-model-96-avg" in done.stderr
    assert run_json(tmp_path / kept["name"])["counts"]["kept"] == 60


def test_speeds_of_earlier_calls_stay(fruits, fruit, tmp_path):
    _, record = compared(fruits, fruit, tmp_path, "--input-size", "64,96")
    first, second = record["features"]
    assert not first["timed_by_earlier_run"] and first["timed_photos"] == 60
    # A call that leaves a row out does not forget it.
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "96")
    (kept,) = record["features"]
    assert kept["timed_by_earlier_run"] and kept["images_per_second"] == second["images_per_second"]
    assert f"{kept['images_per_second']:.1f}*" in done.stdout and "* measured by an earlier call" in done.stdout
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "64")
    assert record["features"][0]["images_per_second"] == first["images_per_second"]


def test_features_that_no_call_timed_are_kept(fruits, fruit, tmp_path):
    compared(fruits, fruit, tmp_path, "--input-size", "64")
    (tmp_path / "compare.json").unlink()
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "64")
    assert "images_per_second" not in record["features"][0] and "kept" in done.stdout and record["speeds"] == {}


def test_each_row_is_written_when_it_is_done(fruits, fruit, tmp_path):
    """Stopped in the second combination, whose speed alone is still to be measured."""
    flags = ("--store", fruits.store, "--progress", "json", "--input-size", "64,224")
    process = fruits.start("compare", fruit, "-o", tmp_path / "out", *flags)
    for line in process.stderr:
        if (tmp_path / "out/efficientnet-lite0-model-224-avg").exists():
            process.send_signal(signal.SIGINT)
            break
    process.communicate()
    record = json.loads((tmp_path / "out/compare.json").read_text())
    first = record["features"][0]
    assert first["name"] == "efficientnet-lite0-model-64-avg" and first["images_per_second"] > 0 and first["quality"]["photos"] == 60
    assert record["finished"] == (process.returncode == 0)
    _, again = compared(fruits, fruit, tmp_path / "out", "--input-size", "64,224")
    assert again["finished"] and again["features"][0]["images_per_second"] == first["images_per_second"]


def test_a_foreign_table_is_not_written_over(fruits, fruit, tmp_path):
    (tmp_path / "compare.json").write_text("mine")
    done = fruits("compare", fruit, "-o", tmp_path, "--store", fruits.store, exit_code=1)
    assert "compare.json: expected what fruits compare writes" in done.stderr
    assert (tmp_path / "compare.json").read_text() == "mine" and len(list(tmp_path.iterdir())) == 1


def test_what_auto_chose_and_why(fruits, fruit, tmp_path):
    done, record = compared(fruits, fruit, tmp_path, "--precision", "auto", "--input-size", "64")
    (row,) = record["features"]
    model = run_json(tmp_path / row["name"])["model"]
    assert row["name"] == "efficientnet-lite0-auto-64-avg"
    assert row["precision"] == model["precision"] and row["precision_reason"] == model["precision_reason"]
    line = done.stdout.splitlines()[1]
    assert line.split()[:2] == [row["name"], row["precision"]]
    assert f"{row['name']}: {row['precision']}, chosen: {row['precision_reason']}" in done.stdout


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--components", "0"), "--components '0': expected whole numbers from 1 on"),
        (("--input-size", "x"), "--input-size 'x'"),
        (("--input-size", "7"), "--input-size '7'"),
        (("--pooling", "max"), "--pooling 'max': expected avg or none"),
        (("--precision", "f64"), "--precision 'f64': expected model, auto, f32, bf16 or int8"),
        (("--images", "-1"), "--images '-1'"),
        (("--images", "12001"), "--images '12001': expected a whole number from 0 to 12000"),
        (("--group", "none"), "--group 'none': expected a regular expression with one group"),
        (("--label", "a(b"), "--label: "),
    ],
)
def test_wrong_words_are_named(fruits, fruit, tmp_path, flags, words):
    done = fruits("compare", fruit, "-o", tmp_path / "out", "--store", fruits.store, *flags, exit_code=2)
    assert words in done.stderr and not (tmp_path / "out").exists()


def _missing(folder):
    return [folder / "nowhere"], "nowhere: No such file or directory"


def _one_of_two(folder):
    (folder / "photos").mkdir()
    (folder / "photos/1.jpg").write_bytes(b"no photo, but nobody comes to read it")
    return [folder / "photos", folder / "nowhere"], "nowhere: No such file or directory"


def _without_photos(folder):
    (folder / "notes.txt").write_text("no photo")
    (folder / "gone.jpg").symlink_to(folder / "nowhere")
    return [folder], "expected photos (*.jpg, *.jpeg, *.png, *.webp), found none; left out "


def _no_match(folder):
    return [folder / "*.jpg"], "nothing matches the input glob "


def _unreadable(folder):
    (folder / "loop").symlink_to(folder / "loop")
    return [folder / "loop"], "loop: Too many levels of symbolic links"


def _pipe(folder):
    os.mkfifo(folder / "pipe")
    return [folder / "pipe"], "pipe is neither a file nor a folder"


@pytest.mark.parametrize("inputs", [_missing, _one_of_two, _without_photos, _no_match, _unreadable, _pipe])
def test_inputs_that_no_combination_could_read_end_the_call(fruits, tmp_path, inputs):
    """Once and at the start, as they end a run, with nothing written."""
    (tmp_path / "in").mkdir()
    paths, words = inputs(tmp_path / "in")
    flags = ("--store", fruits.store, "--progress", "none", "--input-size", "64,96", "--precision", "f32,int8")
    code = 2 if inputs is _pipe else 1
    done = fruits("compare", *paths, "-o", tmp_path / "out", *flags, exit_code=code)
    assert words in done.stderr and done.stderr.count("fruits: ") == len(done.stderr.splitlines()) == 1
    assert done.stdout == "" and not (tmp_path / "out").exists()
    run = fruits("extract", *paths, "-o", tmp_path / "out", "--progress", "none", exit_code=code)
    assert run.stderr == done.stderr


def test_a_missing_input_leaves_the_table_of_an_earlier_call(fruits, fruit, tmp_path):
    compared(fruits, fruit, tmp_path / "out", "--input-size", "64")
    before = (tmp_path / "out/compare.json").read_bytes()
    fruits("compare", tmp_path / "nowhere", "-o", tmp_path / "out", "--store", fruits.store, exit_code=1)
    assert (tmp_path / "out/compare.json").read_bytes() == before
    assert [entry.name for entry in (tmp_path / "out").iterdir() if entry.is_dir()] == ["efficientnet-lite0-model-64-avg"]


def test_no_table_where_no_combination_can_be(fruits, fruit, tmp_path):
    done, record = compared(fruits, fruit, tmp_path, "--models", "no-such,neither", exit_code=1)
    assert done.stdout == "" and all("is not in the store" in row["fault"] for row in record["features"])
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == [row["name"] for row in record["features"]]


def test_components_that_the_photos_do_not_have_are_left_open(fruits, fruit, tmp_path):
    done, record = compared(fruits, fruit, tmp_path, "--input-size", "64", "--components", "100,3")
    quality = record["features"][0]["quality"]
    assert quality["variance_kept"]["100"] is None and 0 < quality["variance_kept"]["3"] < 1
    assert quality["nearest_accuracy"] > 0 and " - " in done.stdout


def test_a_wrong_group_is_said_before_any_work(fruits, fruit, tmp_path):
    done = fruits("compare", fruit, "-o", tmp_path / "out", "--store", fruits.store, "--group", "(", exit_code=2)
    assert "--group '(': expected a regular expression with one group" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("group", "matched"), [("(no such fruit)", 0), ("^(/)", 60)])
def test_a_group_that_tells_nothing_apart_is_said_before_any_work(fruits, fruit, tmp_path, group, matched):
    flags = ("--store", fruits.store, "--input-size", "64,96", "--group", group)
    done = fruits("compare", fruit, "-o", tmp_path / "out", *flags, exit_code=2)
    assert f"--group '{group}': matches {matched} of 60 photos, expected at least 2 groups" in done.stderr
    assert not list(tmp_path.rglob("*.parquet")) and not list(tmp_path.rglob("compare.json"))


def test_a_group_is_searched_in_the_raw_path(fruits, fruit, tmp_path):
    """As a label is: from the first '/', and with a '%' as it is."""
    photos = tmp_path / "100 %"
    photos.mkdir()
    for kind in sorted(p for p in fruit.rglob("*") if p.is_dir() and list(p.glob("*.jpg"))):
        (photos / kind.name).mkdir()
        for number, photo in enumerate(sorted(kind.glob("*.jpg"))[:4]):
            (photos / kind.name / f"{number}.jpg").symlink_to(photo)
    kinds = len(list(photos.iterdir()))
    expression = f"^{re.escape(str(tmp_path))}/100 %/[^/]+/([0-2])[.]jpg$"
    done, record = compared(fruits, photos, tmp_path / "out", "--input-size", "64", "--group", expression)
    groups = record["groups"]
    assert groups["expression"] == expression and groups["groups"] == 4 and groups["matched"] == 3 * kinds
    assert groups["photos_a_group"] == {"least": kinds, "most": kinds}
    assert f"matches {3 * kinds} of {4 * kinds} photos; the others are one group" in done.stdout


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
