"""`fruits models quantize`: an int8 bundle with its quality report, or none."""

import dataclasses
import json
import pathlib
import shutil
import signal
import time

import numpy as np
import pytest

from support.chain import Command, column, run_json
from support.made_archives import pack


@pytest.fixture(scope="module")
def fruits(fruits_command, fruits_env, model_store, tmp_path_factory):
    """The command with a store of its own."""
    store = tmp_path_factory.mktemp("quantize") / "store"
    shutil.copytree(model_store / "efficientnet-lite0", store / "efficientnet-lite0")
    return Command(fruits_command, store, fruits_env)


@pytest.fixture(scope="module")
def fruit(fruits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fruit") / "fruit"
    fruits("samples", folder, "--kinds", 6, "--photos", 10)
    return folder


@pytest.fixture(scope="module")
def quantized(fruits, fruit):
    """What the command said."""
    flags = ("--images", 20, "--evaluation-images", 60, "--min-cosine", 0.5, "--max-accuracy-drop", "100%")
    return fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *flags)


def test_the_bundle_is_whole_and_says_what_it_is(fruits, quantized):
    folder = fruits.store / "efficientnet-lite0-int8"
    assert quantized.stdout.strip().splitlines()[-1] == str(folder)
    bundle = json.loads((folder / "bundle.json").read_text())
    base = json.loads((fruits.store / "efficientnet-lite0/bundle.json").read_text())
    assert bundle["precision"] == "int8" and bundle["quantized_from"]["sha256"] == base["sha256"]
    assert {*bundle["sha256"]} == {"model.bin", "model.xml", "quality.json", "quality.md"}
    assert bundle["input"] == base["input"] and bundle["outputs"] == base["outputs"]
    assert "ok" in fruits("models", "verify", "efficientnet-lite0-int8").stdout
    assert "cosine" in fruits("models", "show", "efficientnet-lite0-int8").stdout
    assert sum(f.stat().st_size for f in folder.glob("model.*")) < 0.5 * (fruits.store / "efficientnet-lite0/model.bin").stat().st_size
    assert not list((fruits.store / ".incoming").iterdir())


def report_of(fruits, name):
    return json.loads((fruits.store / name / "quality.json").read_text())


def test_the_report_is_true(fruits, fruit, quantized, tmp_path):
    """It judges on the 40 photos that the model was not calibrated on."""
    report = report_of(fruits, "efficientnet-lite0-int8")
    assert report["f32"]["photos"] == report["int8"]["photos"] == 40 and report["int8"]["images_per_second"] > 0
    fruits("extract", fruit, "-o", tmp_path / "f32")
    fruits("extract", fruit, "-o", tmp_path / "int8", "--precision", "int8")
    a, b = (column(tmp_path / name / "features", "features").astype(np.float64) for name in ("f32", "int8"))
    cosine = np.sum(a * b, axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    cosine = cosine[np.arange(60) % 3 > 0]  # the other 20 were spread evenly
    assert report["agreement"]["cosine"]["mean"] == pytest.approx(cosine.mean(), abs=1e-9)
    assert 0.8 < cosine.mean() < 0.9999
    page = (fruits.store / "efficientnet-lite0-int8/quality.md").read_text()
    assert f"{cosine.mean():.4f}" in page and "| images/s |" in page


def _measured(fruits, folder, **quality):
    """A store where the int8 model's report says so."""
    shutil.copytree(fruits.store, folder)
    path = folder / "efficientnet-lite0-int8/bundle.json"
    bundle = json.loads(path.read_text())
    bundle["quantized_from"].update({"evaluation_photos": 1000, "evaluation_calibrated_on": 0, **quality})
    path.write_text(json.dumps(bundle))
    return folder


def test_auto_takes_it_where_it_is_good_and_says_why(fruits, fruit, quantized, tmp_path):
    store = _measured(fruits, tmp_path / "store", cosine=0.99, accuracy_drop=0.0, speed_ratio=2.0)
    flags = ("--precision", "auto", "--sample", 4, "--models", store)
    done = fruits("extract", fruit, "-o", tmp_path / "good", *flags)
    assert "precision int8, chosen: efficientnet-lite0-int8: cosine 0.99" in done.stderr
    model = run_json(tmp_path / "good")["model"]
    assert model["name"] == "efficientnet-lite0-int8" and model["precision"] == "int8" and "cosine" in model["precision_reason"]
    fruits("extract", fruit, "-o", tmp_path / "small", *flags, "--input-size", 96)
    model = run_json(tmp_path / "small")["model"]
    assert model["name"] == "efficientnet-lite0" and "measured with --input-size 224, not 96" in model["precision_reason"]


def test_auto_leaves_one_that_only_the_users_own_floors_let_pass(fruits, fruit, quantized, tmp_path):
    store = _measured(fruits, tmp_path / "store", cosine=0.9, accuracy_drop=0.0, speed_ratio=2.0, min_cosine=0.5)
    fruits("extract", fruit, "-o", tmp_path / "out", "--precision", "auto", "--sample", 4, "--models", store)
    model = run_json(tmp_path / "out")["model"]
    assert model["name"] == "efficientnet-lite0"
    assert "has a cosine of 0.9000 to f32, below 0.985 (it was made with --min-cosine 0.5)" in model["precision_reason"]


def test_few_photos_are_no_evidence_for_auto(fruits, fruit, quantized, tmp_path):
    assert "warning: judged on 40 photos that are not calibrated on, expected at least 200" in quantized.stderr
    store = _measured(fruits, tmp_path / "store", cosine=0.99, accuracy_drop=0.0, speed_ratio=2.0, evaluation_photos=40)
    fruits("extract", fruit, "-o", tmp_path / "out", "--precision", "auto", "--sample", 4, "--models", store)
    model = run_json(tmp_path / "out")["model"]
    assert model["name"] == "efficientnet-lite0"
    assert "was judged on 40 photos that it was not calibrated on, expected at least 200" in model["precision_reason"]


def test_the_change_of_accuracy_has_its_error(fruits, quantized):
    report = report_of(fruits, "efficientnet-lite0-int8")
    for measure in ("nearest", "probe"):
        change = report["agreement"][f"{measure}_change"]
        n, b, c = report["f32"]["photos"], change["right_to_wrong"], change["wrong_to_right"]
        gained = report["int8"][f"{measure}_accuracy"] - report["f32"][f"{measure}_accuracy"]
        assert gained == pytest.approx((c - b) / n, abs=1e-12)
        assert change["standard_error"] == pytest.approx(np.sqrt(b + c - (b - c) ** 2 / n) / n)
    told = json.loads((fruits.store / "efficientnet-lite0-int8/bundle.json").read_text())["quantized_from"]
    assert told["evaluation_photos"] == 40 and told["evaluation_calibrated_on"] == 0
    assert "points (standard error " in fruits("models", "show", "efficientnet-lite0-int8").stdout
    page = (fruits.store / "efficientnet-lite0-int8/quality.md").read_text()
    assert "standard error" in quantized.stderr and "standard error" in page


@pytest.mark.usefixtures("default_signals")
@pytest.mark.parametrize(
    ("number", "begun"),
    [
        (signal.SIGTERM, "fruits-calibration-*"),
        (signal.SIGTERM, "fruits-quantize-*"),
        (signal.SIGHUP, "fruits-quantize-*"),
    ],
)
def test_a_stop_signal_leaves_nothing(fruits, fruit, tmp_path, number, begun):
    stopped = dataclasses.replace(fruits, env={**fruits.env, "TMPDIR": str(tmp_path)})
    few = ("--images", 20, "--evaluation-images", 60, "--as", "stopped")
    process = stopped.start("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *few)
    while not list(tmp_path.glob(begun)):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.005)
    process.send_signal(number)
    _, errors = process.communicate()
    assert process.returncode == 130 and "fruits: error: interrupted" in errors, errors
    assert not list(tmp_path.glob("fruits-*")) and not (fruits.store / "stopped").exists()
    assert not list((fruits.store / ".incoming").glob("stopped.*"))


def test_a_model_is_not_replaced_unasked(fruits, fruit, quantized):
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, exit_code=1)
    assert "exists: give --overwrite" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("no-such", "--calibration", "x"), 1, "NAME no-such"),
        (("../store/efficientnet-lite0", "--calibration", "x"), 2, "NAME '../store/efficientnet-lite0': expected letters"),
        (("efficientnet-lite0", "--as", "efficientnet-lite0", "--calibration", "x", "--overwrite"), 2, "that is the f32 model itself"),
        (("efficientnet-lite0", "--as", "new", "--calibration", "/no/such"), 1, "--calibration: cannot find the input /no/such"),
        (("efficientnet-lite0", "--as", "new", "--calibration", "x", "--evaluation", "/no/such"), 1, "--evaluation: cannot find the input"),
        (("efficientnet-lite0", "--as", "new", "--calibration", "x", "--group", "("), 2, "--group '(': expected a regular expression"),
        (("efficientnet-lite0", "--calibration", "x", "--min-cosine", "2"), 2, "'2', expected a share"),
        (("efficientnet-lite0", "--calibration", "x", "--max-accuracy-drop", "0.2"), 2, "'0.2' would be 20 points; write 0.2% for"),
        (("efficientnet-lite0", "--calibration", "x", "--images", "1"), 2, "'1', expected a whole number from 10"),
        (("efficientnet-lite0", "--calibration", "x", "--components", "1" + 20 * "0"), 2, "expected a whole number from 1 to 12000"),
        (("efficientnet-lite0",), 2, "--calibration"),
    ],
)
def test_what_cannot_be_is_named(fruits, arguments, code, words):
    assert words in fruits("models", "quantize", *arguments, exit_code=code).stderr


def test_an_int8_model_is_not_quantized_again(fruits, fruit, quantized):
    done = fruits("models", "quantize", "efficientnet-lite0-int8", "--calibration", fruit, exit_code=2)
    assert "expected an f32 model" in done.stderr


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--components", 100), "--components 100: more than 20 photos have"),
        (("--group", "(no such text)"), "judging features: "),
    ],
)
def test_what_cannot_be_judged_is_said_before_anything_is_quantized(fruits, fruit, flags, words):
    few = ("--images", 10, "--evaluation-images", 20, "--as", "unjudged")
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *few, *flags, exit_code=1)
    assert words in done.stderr and "cosine to f32" not in done.stderr and "Traceback" not in done.stderr


def test_the_report_says_what_its_figures_hold_for(fruits, fruit, quantized):
    report = report_of(fruits, "efficientnet-lite0-int8")
    assert report["calibration"] == {"inputs": [str(fruit)], "photos": 20, "rejected": 0} and report["calibration_photos"] == 20
    assert report["evaluation"] == {"inputs": [str(fruit)], "photos": 40, "rejected": 0, "calibrated_on": 0}
    assert report["settings"] == {"pooling": "avg", "input_size": 224, "fit": "full", "filter": "bicubic"}
    assert report["label"] == "parent" and report["globs"] == [] and report["group"] == "" and report["accuracy_unknown"] is None
    told = json.loads((fruits.store / "efficientnet-lite0-int8/bundle.json").read_text())["quantized_from"]
    assert told["min_cosine"] == 0.5 and told["max_accuracy_drop"] == 1
    assert told["speed_ratio"] == report["int8"]["images_per_second"] / report["f32"]["images_per_second"] > 0
    assert {name: told[name] for name in report["settings"]} == report["settings"]


@pytest.fixture(scope="module")
def shop(fruit, tmp_path_factory):
    """A tar of photos in one folder whose names alone tell their kinds; the first is no photo, nor is the .png."""
    kinds = sorted(folder.name for folder in fruit.iterdir() if folder.is_dir())
    photos = {f"shop/{kinds.index(p.parent.name)}-{p.name}": p.read_bytes() for p in sorted(fruit.rglob("*.jpg"))}
    archive = tmp_path_factory.mktemp("shop") / "shop.tar"
    archive.write_bytes(pack("shop.tar", {"shop/-broken.jpg": b"no photo", **photos, "shop/plan.png": b"no photo"}))
    return archive


def test_an_archive_with_labels_in_its_names(fruits, shop, quantized):
    flags = ("--glob", "*.jpg", "--label", "/([0-9]+)-[^/]*$", "--images", 20, "--evaluation-images", 60, "--as", "shop")
    floors = ("--min-cosine", 0.5, "--max-accuracy-drop", "100%")
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", shop, *flags, *floors)
    assert "calibrating on 19 photos: 1 were rejected" in done.stderr
    report = report_of(fruits, "shop")
    assert report["calibration"]["photos"] == 19 and report["calibration"]["rejected"] == report["evaluation"]["rejected"] == 1
    assert report["evaluation"]["photos"] == report["f32"]["photos"] == 41 and report["evaluation"]["calibrated_on"] == 0
    assert report["f32"]["labels"] == 6 and report["label"] == "/([0-9]+)-[^/]*$" and report["globs"] == ["*.jpg"]
    # Photos that fail at once would be hundreds of times as fast.
    of_folder = report_of(fruits, "efficientnet-lite0-int8")
    assert all(report[p]["images_per_second"] < 10 * of_folder[p]["images_per_second"] for p in ("f32", "int8"))


def test_photos_that_were_calibrated_on_are_counted(fruits, fruit, quantized):
    flags = ("--images", 60, "--evaluation-images", 60, "--as", "twice", "--min-cosine", 0.5, "--max-accuracy-drop", "100%")
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *flags)
    assert "too few other photos: 60 of the 60 to judge on are calibrated on too" in done.stderr
    assert report_of(fruits, "twice")["evaluation"]["calibrated_on"] == 60


FEW = ("--images", 10, "--evaluation-images", 20)


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ("none", "none of the 20 photos has a label"),
        ("/(fruit)/", "all 20 photos have the label 'fruit'"),
        ("([^/]+/[^/]+)$", "each of the 20 photos has a label of its own"),
    ],
)
def test_labels_that_tell_no_accuracy_are_said_before_anything_is_quantized(fruits, fruit, label, why):
    flags = (*FEW, "--label", label, "--as", "unlabelled")
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *flags, exit_code=1)
    assert f"accuracy cannot be judged: {why}; " in done.stderr and "--allow-unknown-accuracy" in done.stderr
    assert "cosine to f32" not in done.stderr and not (fruits.store / "unlabelled").exists()


def test_a_model_is_taken_by_its_cosine_alone_where_that_is_asked_for(fruits, fruit):
    flags = (*FEW, "--label", "none", "--allow-unknown-accuracy", "--min-cosine", 0.5, "--as", "unlabelled")
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *flags)
    assert "accuracy not known: none of the 20 photos has a label" in done.stderr
    report = report_of(fruits, "unlabelled")
    assert report["f32"]["nearest_accuracy"] is report["int8"]["probe_accuracy"] is None
    assert report["accuracy_unknown"] == "none of the 20 photos has a label"
    bundle = json.loads((fruits.store / "unlabelled/bundle.json").read_text())
    assert bundle["quantized_from"]["accuracy_drop"] is None
    assert "accuracy not known" in fruits("models", "show", "unlabelled").stdout


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--label", "("), "--label: label '('"),
        (("--glob", "a/b"), "--glob: the glob 'a/b' can match no file name"),
        (("--images", 4000), "--images 4000: expected at most 3566 for a model that sees 224x224 pixels"),
    ],
)
def test_wrong_options_are_named(fruits, fruit, flags, words):
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, "--as", "new", *flags, exit_code=2)
    assert words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_layers_kept_in_f32_make_it_good_enough(fruits, fruit, quantized):
    plain = json.loads((fruits.store / "efficientnet-lite0-int8/quality.json").read_text())
    cosine = plain["agreement"]["cosine"]["mean"]
    floor = f"{cosine + 0.2 * (1 - cosine):.6f}"
    flags = ("--images", 20, "--evaluation-images", 60, "--as", "mixed", "--min-cosine", floor, "--max-accuracy-drop", "100%")
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *flags)
    assert "looking for layers to keep in f32" in done.stderr
    report = json.loads((fruits.store / "mixed/quality.json").read_text())
    assert report["layers_kept_in_f32"] > 0 and report["agreement"]["cosine"]["mean"] >= float(floor)


@pytest.mark.slow
def test_one_that_is_never_good_enough_is_refused_and_leaves_nothing(fruits, fruit):
    flags = ("--images", 20, "--evaluation-images", 60, "--as", "strict", "--min-cosine", 1)
    done = fruits("models", "quantize", "efficientnet-lite0", "--calibration", fruit, *flags, exit_code=1)
    assert "strict is not good enough, and was not kept: mean cosine to f32" in done.stderr
    assert 2 <= done.stderr.count("looking for layers to keep in f32") <= 4
    assert done.stderr.count(" times as fast") > 1, "not the plain one alone is judged"
    assert not (fruits.store / "strict").exists() and not list(pathlib.Path(fruits.store, ".incoming").iterdir())
