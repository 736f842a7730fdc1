"""What a newcomer meets: help, wrong options, missing things."""

import json
import os
import pty
import shlex
import shutil
import subprocess

import pytest


@pytest.fixture(scope="module")
def fruits(fruits_command, fruits_env, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")

    def call(*arguments, **env):
        environment = {**fruits_env, "HOME": str(home), "XDG_CACHE_HOME": "", "FRUITS_MODELS": "", **env}
        return subprocess.run([fruits_command, *map(str, arguments)], env=environment, capture_output=True, text=True)

    return call


def test_help_names_every_command(fruits):
    done = fruits("--help")
    assert done.returncode == 0 and done.stderr == ""
    for command in ("run", "extract", "fit", "project", "compare", "plan", "models", "samples", "status", "doctor"):
        assert f"\n  {command} " in done.stdout
    assert "Exit codes" in done.stdout


@pytest.mark.parametrize("command", ["run", "extract", "fit", "project", "compare", "plan", "models", "samples", "status", "doctor"])
def test_every_command_has_help(fruits, command):
    done = fruits(command, "--help")
    assert done.returncode == 0
    if command not in ("status", "doctor"):
        assert "Example" in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        ["run", "--input-size", "64", "INPUT"],
        ["run", "--report-thumbnails", "none", "INPUT"],
        ["run", "--glob", "*.jpg", "INPUT"],
        ["run", "--engine", "spark", "--conf", "spark.app.name=x", "INPUT"],
        ["extract", "--label", "none", "INPUT"],
        ["fit", "--components", "3", "INPUT"],
        ["project", "--fitted", "f", "--report-thumbnails", "3", "INPUT"],
        ["compare", "--models", "a,b", "INPUT"],
        ["compare", "--components", "3", "INPUT"],
    ],
)
def test_an_option_takes_one_value_and_leaves_the_input(fruits, command, tmp_path):
    done = fruits(*[str(tmp_path / "nothing-here") if word == "INPUT" else word for word in command], "-o", tmp_path / "out", SPARK_HOME="/")
    assert done.returncode != 0 and "INPUT is required" not in done.stderr and "FEATURES is required" not in done.stderr
    assert done.stderr


@pytest.mark.parametrize(
    ("flag", "value", "expected"),
    [
        ("--components", "0", "a whole number from 1"),
        ("--components", "seven", "a whole number from 1"),
        ("--components", "7x", "a whole number from 1"),
        ("--variance", "1.5", "a share"),
        ("--variance", "nan", "a share"),
        ("--precision", "f16", "auto, f32, bf16 or int8"),
        ("--pooling", "max", "avg or none"),
        ("--fit", "stretch", "full, crop or pad"),
        ("--input-size", "7", "a whole number from 32"),
        ("--batch-size", "-1", "a whole number from 0"),
        ("--threads", "99999", "a whole number from 0"),
        ("--max-rejected", "101%", "a share from 0 to 1"),
        ("--on-error", "ignore", "skip or fail"),
        ("--resize-filter", "hamming", "bicubic"),
        ("--mean", "1,2", "three numbers"),
        ("--mean", "1,nan,2", "three numbers"),
        ("--scale", "1,0,1", "three numbers other than 0"),
        ("--max-pixels", "0", "a whole number from 1"),
        ("--limit", "1e3", "a whole number from 0"),
        ("--glob", "[", "write [[]"),
        ("--glob", "a/*.jpg", "one without '/'"),
    ],
)
def test_a_wrong_value_names_the_option_the_value_and_what_was_expected(fruits, tmp_path, flag, value, expected):
    done = fruits("run", tmp_path, "-o", tmp_path / "out", flag, value)
    assert done.returncode == 2
    assert flag in done.stderr and value in done.stderr and expected in done.stderr
    assert done.stdout == "" and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("command", "flag"),
    [
        (("run", "photos", "-o", "out"), "--models"),
        (("run", "photos", "-o", "out", "--engine", "spark"), "--master"),
        (("compare", "photos", "-o", "out"), "--store"),
        (("compare", "photos", "-o", "out"), "--group"),
        (("models", "list"), "--models"),
        (("doctor",), "--models"),
        (("doctor",), "--input"),
        (("doctor",), "--output"),
        (("report", "out"), "--output"),
    ],
)
def test_an_empty_text_is_not_as_if_the_option_were_left_out(fruits, command, flag):
    done = fruits(*command, flag, "")
    assert done.returncode == 2 and f"{flag}: '': expected " in done.stderr and done.stdout == ""


def test_to_verify_the_model_without_a_name_is_not_to_verify_all(fruits):
    done = fruits("models", "verify", "")
    assert done.returncode == 2 and "NAME: '': expected a model of the store" in done.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("rum",), ("run",), ("run", "photos"), ("run", "photos", "-o", "x", "--colour", "red"), ("fit", "-o", "x")]
)
def test_wrong_usage_is_exit_code_2(fruits, arguments):
    done = fruits(*arguments)
    assert done.returncode == 2 and done.stderr.startswith("fruits: ") and done.stdout == ""


def test_components_and_variance_exclude_each_other(fruits, tmp_path):
    done = fruits("run", tmp_path, "-o", tmp_path / "out", "--components", "3", "--variance", "0.9")
    assert done.returncode == 2 and "--components" in done.stderr and "--variance" in done.stderr


def test_preprocessing_flags_do_not_go_with_a_bundle(fruits, tmp_path, model_store):
    done = fruits("run", tmp_path, "-o", tmp_path / "out", "--mean", "1,2,3", FRUITS_MODELS=str(model_store))
    assert done.returncode == 2 and "--mean" in done.stderr and ".onnx" in done.stderr


def test_a_negative_seed_is_refused(fruits, tmp_path):
    done = fruits("samples", tmp_path / "photos", "--seed", "-1")
    assert done.returncode == 2 and "--seed: -1: expected" in done.stderr and not (tmp_path / "photos").exists()


def test_an_empty_store_has_nothing_to_verify(fruits, tmp_path):
    done = fruits("models", "verify", "--models", tmp_path)
    assert done.returncode == 1 and str(tmp_path) in done.stderr


def test_a_label_rule_that_is_no_regular_expression(fruits, tmp_path, model_store):
    done = fruits("run", tmp_path, "-o", tmp_path / "out", "--label", "a(b", FRUITS_MODELS=str(model_store))
    assert done.returncode == 2 and "a(b" in done.stderr


def test_an_input_that_does_not_exist_is_named(fruits, tmp_path, model_store):
    done = fruits("run", tmp_path / "nowhere", "-o", tmp_path / "out", FRUITS_MODELS=str(model_store))
    assert done.returncode == 1 and "nowhere" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_folder_without_photos(fruits, tmp_path, model_store):
    (tmp_path / "notes.txt").write_text("no photo")
    done = fruits("run", tmp_path, "-o", tmp_path / "out", FRUITS_MODELS=str(model_store))
    assert done.returncode == 1 and "*.jpg" in done.stderr


def test_a_model_that_is_not_there_says_how_to_get_it(fruits, tmp_path):
    done = fruits("run", tmp_path, "-o", tmp_path / "out", "--model", "resnet50")
    assert done.returncode == 1
    assert "resnet50" in done.stderr and "fruits models import resnet50" in done.stderr


def test_doctor(fruits, model_store):
    done = fruits("doctor", FRUITS_MODELS=str(model_store))
    assert done.returncode == 0, done.stderr
    for word in ("openvino", "isa", "guard", "threads", "efficientnet-lite0"):
        assert word in done.stdout
    assert _line(done, "speed") == "speed       not measured; fruits doctor --speed does: efficientnet-lite0, in each precision, in 10 s"


def test_doctor_says_that_a_named_store_is_missing(fruits, tmp_path):
    store = tmp_path / "nowhere"
    how = "fruits models import efficientnet-lite0"
    for words, env, command in [(("--models", store), {}, f"{how} --models {store}"), ((), {"FRUITS_MODELS": str(store)}, how)]:
        done = fruits("doctor", *words, **env)
        assert done.returncode == 1 and not store.exists()
        missing = f"  --models (or FRUITS_MODELS) {store}: there is no such folder; expected a model store"
        assert f"{missing}; {command} brings the default one\n" in done.stdout
        assert _line(done, "speed") == "speed       not measured: there is no model"


def test_doctor_says_that_a_store_is_empty(fruits, tmp_path):
    how = "fruits models import efficientnet-lite0"
    for words, command in [(("--models", tmp_path), f"{how} --models {tmp_path}"), ((), how)]:
        done = fruits("doctor", *words)
        assert done.returncode == 0, done.stderr
        assert f"  no models; {command} brings the default one\n" in done.stdout
        assert _line(done, "speed") == "speed       not measured: there is no model"


@pytest.mark.parametrize("folder", ["store", "my models", "it's $HOME"])
def test_doctor_names_the_command_that_measures_another_model(fruits, model_store, tmp_path, folder):
    store = tmp_path / folder
    bundle = json.loads((model_store / "efficientnet-lite0/bundle.json").read_text())
    for name, text in (("apple", "{"), ("pear", json.dumps({**bundle, "name": "pear"}))):
        (store / name).mkdir(parents=True)
        (store / name / "bundle.json").write_text(text)
    line = _line(fruits("doctor", "--models", store), "speed")
    command = line.removeprefix("speed       not measured; ").removesuffix(" does: pear, in each precision, in 10 s")
    assert shlex.split(command) == ["fruits", "doctor", "--models", str(store), "--speed", "pear"]
    assert ("'" in command) == (folder != "store"), "quotes only where a shell needs them"


def test_the_import_that_doctor_names_can_be_pasted(fruits, tmp_path):
    store = tmp_path / "my models"
    store.mkdir()
    done = fruits("doctor", "--models", store)
    assert f"  no models; fruits models import efficientnet-lite0 --models '{store}' brings the default one\n" in done.stdout


def test_doctor_speed_without_a_value_means_the_default_model(fruits, tmp_path):
    for words in (("--speed", "--models", tmp_path), ("--models", tmp_path, "--speed")):
        done = fruits("doctor", *words)
        assert done.returncode == 1
        assert "model 'efficientnet-lite0' is not in the store" in _line(done, "f32")
    assert "--speed [MODEL=efficientnet-lite0]" in fruits("doctor", "--help").stdout
    done = fruits("doctor", "--speed", "")
    assert done.returncode == 2 and "--speed '': expected a model's name" in done.stderr and done.stdout == ""
    for words in (("--speed=",), ("--speed=", "--models", tmp_path)):
        done = fruits("doctor", *words)
        assert done.returncode == 2 and "--speed=: expected a model's name" in done.stderr and done.stdout == ""


def _int8_store(model_store, folder, bundle_json):
    """A store of two bundle.json: doctor reads no model."""
    for name in ("efficientnet-lite0", "efficientnet-lite0-int8"):
        (folder / name).mkdir(parents=True)
    base = json.loads((model_store / "efficientnet-lite0/bundle.json").read_text())
    (folder / "efficientnet-lite0/bundle.json").write_text(json.dumps(base))
    (folder / "efficientnet-lite0-int8/bundle.json").write_text(bundle_json(base))
    return str(folder)


def _line(done, word):
    return next(line for line in done.stdout.splitlines() if line.startswith(word))


def test_doctor_says_what_auto_would_choose(fruits, model_store, tmp_path):
    isa = _line(fruits("doctor", FRUITS_MODELS=str(model_store)), "isa").split()[1].rstrip(";")

    def bundle_json(base):
        quality = {"sha256": base["sha256"], "cosine": 0.99, "accuracy_drop": 0.0, "speed_ratio": 0.5, "speed_isa": isa}
        quality |= {"evaluation_photos": 1000, "evaluation_calibrated_on": 0}
        int8 = {"name": "efficientnet-lite0-int8", "precision": "int8", "isa": "avx2", "quantized_from": quality}
        return json.dumps({**base, **int8})

    done = fruits("doctor", FRUITS_MODELS=_int8_store(model_store, tmp_path, bundle_json))
    assert done.returncode == 0, done.stderr
    line = _line(done, "auto")
    assert line.startswith(("auto        efficientnet-lite0: f32; ", "auto        efficientnet-lite0: bf16; "))
    assert "efficientnet-lite0-int8 was not faster than f32: 0.50 times" in line


def test_doctor_says_why_auto_would_fail(fruits, model_store, tmp_path):
    done = fruits("doctor", FRUITS_MODELS=_int8_store(model_store, tmp_path, lambda base: "{"))
    assert done.returncode == 1
    assert _line(done, "auto").startswith("auto        efficientnet-lite0: fails: ")
    assert "efficientnet-lite0-int8/bundle.json: not a JSON object" in _line(done, "auto")


def test_doctor_shows_a_cap(fruits, model_store):
    done = fruits("doctor", FRUITS_MODELS=str(model_store), ONEDNN_MAX_CPU_ISA="SSE41")
    assert done.returncode == 0, done.stderr
    assert _line(done, "isa").startswith("isa         baseline (ONEDNN_MAX_CPU_ISA is SSE41); the CPU has ")
    assert "under this cap" in _line(done, "int8")


def test_models_list_show_and_verify(fruits, model_store):
    env = {"FRUITS_MODELS": str(model_store)}
    assert "efficientnet-lite0\t224x224\t1280\tf32" in fruits("models", "list", **env).stdout
    shown = fruits("models", "show", "efficientnet-lite0", **env).stdout
    assert "Apache-2.0" in shown and "1280" in shown
    assert fruits("models", "verify", **env).returncode == 0
    assert fruits("models", "show", "nothing", **env).returncode == 1


def test_verify_finds_a_changed_file(fruits, model_store, tmp_path):
    shutil.copytree(model_store / "efficientnet-lite0", tmp_path / "efficientnet-lite0")
    with open(tmp_path / "efficientnet-lite0/model.bin", "r+b") as weights:
        weights.seek(1000)
        weights.write(b"\xff\x00\xff\x00")
    done = fruits("models", "verify", FRUITS_MODELS=str(tmp_path))
    assert done.returncode == 1 and "model.bin" in done.stderr


def test_commands_that_need_python_say_so(fruits, tmp_path):
    done = fruits("models", "import", "efficientnet-lite0", FRUITS_PYTHON=str(tmp_path / "python"))
    assert done.returncode == 1 and str(tmp_path / "python") in done.stderr


def test_progress_styles(fruits, model_store, tmp_path):
    photos = tmp_path / "photos"
    env = {"FRUITS_MODELS": str(model_store)}
    assert fruits("samples", photos, "--kinds", 2, "--photos", 8).returncode == 0
    done = fruits("run", photos, "-o", tmp_path / "json", "--progress", "json", "--components", 2, **env)
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")]
    assert [e["phase"] for e in events][0] == "listing" and events[-1]["phase"] == "done"
    assert any(e["done"] == e["total"] == 16 for e in events)
    assert done.stdout.strip().startswith("file:///")
    plain = fruits("run", photos, "-o", tmp_path / "plain", "--progress", "plain", "--components", 2, **env)
    assert "featurizing 16/16" in plain.stderr and "\x1b" not in plain.stderr
    none = fruits("run", photos, "-o", tmp_path / "none", "--progress", "none", "--components", 2, **env)
    assert "featurizing" not in none.stderr


def test_the_bar_on_a_terminal(fruits_command, fruits_env, model_store, tmp_path):
    photos = tmp_path / "photos"
    subprocess.run([fruits_command, "samples", photos, "--kinds", "2", "--photos", "8"], env=fruits_env, check=True)
    main, terminal = pty.openpty()
    process = subprocess.Popen(
        [fruits_command, "run", photos, "-o", tmp_path / "out", "--components", "2"],
        env={**fruits_env, "FRUITS_MODELS": str(model_store)},
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    shown = b""
    while True:
        try:
            piece = os.read(main, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait() == 0
    assert b"[####" in shown and b"16/16" in shown and b"images/s" in shown


def test_photos_that_are_all_the_same_are_a_fault_of_the_data(fruits, tmp_path, model_store):
    fruits("samples", tmp_path / "one", "--kinds", "1", "--photos", "1")
    (photo,) = (tmp_path / "one").rglob("*.jpg")
    (tmp_path / "photos").mkdir()
    for i in range(4):
        (tmp_path / "photos" / f"{i}.jpg").write_bytes(photo.read_bytes())
    arguments = ("run", tmp_path / "photos", "-o", tmp_path / "out", "--components", "2")
    done = fruits(*arguments, FRUITS_MODELS=str(model_store))
    assert done.returncode == 1 and "every column is constant" in done.stderr


def test_doctor_refuses_the_output_that_a_run_refuses(fruits, model_store, tmp_path):
    out = tmp_path / "out"
    words = ("--output", str(out))

    def check(exit_code):
        done = fruits("doctor", *words, FRUITS_MODELS=str(model_store))
        assert done.returncode == exit_code
        return next(line for line in done.stdout.splitlines() if line.startswith("output"))

    assert check(0).endswith(": ok")
    assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    line = check(1)
    assert "expected an empty folder or an earlier run's, found mine.txt" in line
    refused = fruits("run", str(out.parent), *words, FRUITS_MODELS=str(model_store))
    assert refused.returncode == 1 and line.split(": ", 1)[1] in refused.stderr
    (out / "mine.txt").unlink()
    (out / "_run").mkdir()
    (out / "_run/state.json").mkdir()
    assert check(1).endswith("_run/state.json: Is a directory")


@pytest.mark.slow
@pytest.mark.parametrize("model", [("efficientnet-lite0",), ()])
def test_doctor_measures_each_precision(fruits, model_store, model):
    done = fruits("doctor", "--speed", *model, FRUITS_MODELS=str(model_store))
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if line.split()[0] in ("f32", "bf16", "auto"))
    assert float(lines["f32"].split()[0]) > 1 and "images/s with efficientnet-lite0" in lines["f32"]
    assert "efficientnet-lite0-int8" in lines["auto"]
    assert fruits("doctor", "--speed", "no-such", FRUITS_MODELS=str(model_store)).returncode == 1


@pytest.mark.slow
def test_a_damaged_int8_model_fails_the_doctor(fruits, model_store, tmp_path):
    shutil.copytree(model_store / "efficientnet-lite0", tmp_path / "efficientnet-lite0")
    (tmp_path / "efficientnet-lite0-int8").mkdir()
    (tmp_path / "efficientnet-lite0-int8/bundle.json").write_text("{")
    done = fruits("doctor", "--speed", "efficientnet-lite0", FRUITS_MODELS=str(tmp_path))
    assert done.returncode == 1 and "images/s" in _line(done, "f32")
    for word in ("int8        /", "auto        fails: "):
        assert "efficientnet-lite0-int8/bundle.json: not a JSON object" in _line(done, word)
