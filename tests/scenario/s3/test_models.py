"""Models that lie in a bucket: a whole store, a bundle by its address, an ONNX or IR file."""

import dataclasses
import hashlib
import json
import pathlib
import shutil

import numpy as np
import pytest
from models.made_onnx import make_onnx

from support.s3_runs import SMALL, S3Runs, gets_by_key, wait_until

FEW = "s3://fruits/few"
NAME = "efficientnet-lite0"
MODELS = "fruits-models"
STORE = f"s3://{MODELS}/deep/store"
FILES = {"bundle.json", "model.xml", "model.bin"}


@pytest.fixture(scope="module")
def store(server, model_store):
    """The tests' store as `aws s3 cp --recursive` puts it, and beside it what is no model."""
    server.make_bucket(MODELS)
    server.upload_tree(model_store / NAME, MODELS, f"deep/store/{NAME}")
    server.put(MODELS, "deep/store/notes/readme.txt", b"no model")
    server.put(MODELS, "deep/store/broken/bundle.json", b'{"format": 1}')
    return STORE


@pytest.fixture
def cache(tmp_path) -> pathlib.Path:
    return tmp_path / "cache"


@pytest.fixture
def model_run(run, cache, store) -> S3Runs:
    """The command on a machine that has no model yet, with FRUITS_MODELS naming the bucket."""
    return _with_store(run, store, cache)


def _with_store(run: S3Runs, store, cache) -> S3Runs:
    fruits = dataclasses.replace(run.fruits, store=store)
    return dataclasses.replace(run, fruits=fruits, settings={**run.settings, "XDG_CACHE_HOME": str(cache)})


def _fetched(cache: pathlib.Path) -> list[pathlib.Path]:
    """Every file, also hidden and half ones."""
    return sorted(p for p in (cache / "fruits/fetched").rglob("*") if p.is_file())


def _gets(proxy, below: str = "/deep/") -> dict[str, int]:
    prefix = f"/{MODELS}{below}"
    return {key.removeprefix(prefix): n for key, n in gets_by_key(proxy.stats(per_key=True), prefix).items()}


def test_a_run_fetches_its_model_once(model_run, proxy, out, few_csv, cache, tmp_path):
    model_run("run", FEW, "-o", out, *SMALL)
    assert model_run.csv(out) == few_csv
    first = _gets(proxy, f"/deep/store/{NAME}/")
    assert first["bundle.json"] == first["model.xml"] == first["model.bin"] == 1
    files = _fetched(cache)
    assert {file.name for file in files} == FILES - {"bundle.json"} and len({file.parent for file in files}) == 1

    for number, words in enumerate([("--models", STORE), ("--models", f"s3a{STORE[2:]}/"), ("--model", f"{STORE}/{NAME}")]):
        proxy.reset()
        model_run("extract", FEW, "-o", tmp_path / str(number), *SMALL[:3], *words)
        assert _gets(proxy) == {f"store/{NAME}/bundle.json": 1}
    assert _fetched(cache) == files
    # The folder may hold the features of a local model: they are the same.
    local = dataclasses.replace(model_run, fruits=dataclasses.replace(model_run.fruits, store=cache / "none"))
    shutil.copytree(files[0].parent, cache / f"none/{NAME}")
    (cache / f"none/{NAME}/bundle.json").write_bytes(proxy.read(MODELS, f"deep/store/{NAME}/bundle.json"))
    local("run", FEW, "-o", out, *SMALL)
    assert model_run.counts(out)["computed"] == 0


def test_list_show_verify_and_doctor(model_run, proxy, cache, server):
    models = f"{NAME}\t224x224\t1280\tf32"
    listed = model_run("models", "list", exit_code=1)  # the broken one is named
    assert listed.stdout.splitlines() == [models]
    assert f"{STORE}/broken/bundle.json: field 'name' is missing" in listed.stderr
    shown = model_run("models", "show", NAME).stdout
    assert f"folder      {STORE}/{NAME}\n" in shown and "licence     Apache-2.0" in shown
    assert _gets(proxy).keys() == {f"store/{name}/bundle.json" for name in (NAME, "broken", "notes")}
    assert not cache.exists()

    assert model_run("models", "verify", NAME).stdout == f"{NAME}\tok\n"
    bundle = json.loads(server.read(MODELS, f"deep/store/{NAME}/bundle.json"))
    bundle["sha256"]["model.xml"] = "0" * 64
    server.put(MODELS, "other/changed/bundle.json", json.dumps(bundle).encode())
    server.put(MODELS, "other/changed/model.xml", b"<net/>")
    server.put(MODELS, "other/changed/model.bin", server.read(MODELS, f"deep/store/{NAME}/model.bin"))
    done = model_run("models", "verify", "--models", f"s3://{MODELS}/other", exit_code=1)
    assert f"s3://{MODELS}/other/changed/model.xml has SHA-256" in done.stderr and "0" * 64 in done.stderr
    assert model_run("models", "list", "--models", f"s3://{MODELS}/nothing").stdout == ""
    assert f"no models in s3://{MODELS}/nothing" in model_run("models", "list", "--models", f"s3://{MODELS}/nothing").stderr

    assert f"models      {STORE}\n" in model_run("doctor", exit_code=1).stdout
    empty = model_run("doctor", "--models", f"s3://{MODELS}/nothing").stdout
    assert "  no models; import one with 'fruits models import " in empty and f" s3://{MODELS}/nothing/" in empty
    checked = model_run("doctor", "--models", "s3://fruits-nowhere/models", exit_code=1).stdout
    assert "--models (or FRUITS_MODELS) s3://fruits-nowhere/models: " in checked and "no such bucket" in checked


@pytest.mark.parametrize("damage", ["cut", "changed", "removed"])
def test_a_damaged_cache_is_fetched_again(model_run, proxy, few_csv, cache, tmp_path, damage):
    model_run("extract", FEW, "-o", tmp_path / "first", *SMALL[:3])
    weights = next(file for file in _fetched(cache) if file.name == "model.bin")
    good = weights.read_bytes()
    if damage == "removed":
        weights.unlink()
    else:
        weights.write_bytes(good[:1000] if damage == "cut" else good[:1000] + b"?" + good[1001:])
    proxy.reset()
    model_run("run", FEW, "-o", tmp_path / "second", *SMALL)
    assert model_run.csv(tmp_path / "second") == few_csv
    assert _gets(proxy) == {f"store/{NAME}/bundle.json": 1, f"store/{NAME}/model.bin": 1}
    assert weights.read_bytes() == good


def test_processes_that_start_together(model_run, few_csv, cache, tmp_path):
    processes = [model_run.start("run", FEW, "-o", tmp_path / str(n), *SMALL) for n in range(3)]
    for number, process in enumerate(processes):
        done = model_run.finish(process)
        assert done.returncode == 0, done.stderr
        assert model_run.csv(tmp_path / str(number)) == few_csv
    assert [file.name for file in _fetched(cache)] == ["model.bin", "model.xml"]


def test_a_kill_leaves_no_half_file(model_run, proxy, few_csv, cache, tmp_path):
    """Killed with one of two files here, and with all of a file but its name."""
    proxy.set_faults([{"kind": "timeout", "seconds": 20, "first": 1, "match": {"method": "GET", "key": "model.xml"}}])
    process = model_run.start("run", FEW, "-o", tmp_path / "out", *SMALL)
    wait_until(lambda: _gets(proxy).get(f"store/{NAME}/model.xml"), "the second file to be asked for")
    process.kill()
    model_run.finish(process)
    weights, *others = [file for file in _fetched(cache) if not file.name.startswith(".tmp-")]
    assert weights.name == "model.bin" and not others
    half = weights.with_name(f".tmp-{process.pid}-0-model.xml")
    half.write_bytes(b"<net")
    proxy.set_faults([])
    proxy.reset()
    model_run("run", FEW, "-o", tmp_path / "out", *SMALL)
    assert model_run.csv(tmp_path / "out") == few_csv
    assert _gets(proxy) == {f"store/{NAME}/bundle.json": 1, f"store/{NAME}/model.xml": 1}
    assert [file.name for file in _fetched(cache)] == ["model.bin", "model.xml"]


def test_faults_that_pass(model_run, proxy, few_csv, tmp_path):
    kinds = ["503", "cut", "reset"]
    match = {"key": f"^/{MODELS}/"}
    proxy.set_faults([{"kind": kind, "first": n + 1, "match": match} for n, kind in enumerate(kinds)])
    model_run("run", FEW, "-o", tmp_path / "out", *SMALL)
    assert set(proxy.stats()["faults"]) == set(kinds)
    assert model_run.csv(tmp_path / "out") == few_csv


def test_an_ir_file_by_its_address(run, server, store, model_store, out, cache, tmp_path):
    """Its features are those of the same file on a disk; a change of its weights is seen."""
    run = dataclasses.replace(run, settings={"XDG_CACHE_HOME": str(cache)})
    words = ("--features-output", "features", *SMALL)
    for name in ("model.xml", "model.bin"):
        server.put(MODELS, f"bare/{name.replace('model', 'net 1')}", (model_store / NAME / name).read_bytes())
        (tmp_path / name.replace("model", "net 1")).write_bytes((model_store / NAME / name).read_bytes())
    address = f"s3://{MODELS}/bare/net 1.xml"
    run("run", FEW, "-o", out, "--model", address, *words)
    run("run", FEW, "-o", out, "--model", tmp_path / "net 1.xml", *words)
    assert run.counts(out)["computed"] == 0
    run.assert_whole(out)
    assert {file.name for file in _fetched(cache)} == {"net 1.xml", "net 1.bin", "SHA256SUMS"}

    before = _fetched(cache)
    weights = bytearray(server.read(MODELS, "bare/net 1.bin"))
    weights[1000] ^= 1
    server.put(MODELS, "bare/net 1.bin", bytes(weights))
    done = run("run", FEW, "-o", out, "--model", f"s3a{address[2:]}", *words, exit_code=1)
    assert "other settings: model" in done.stderr
    assert len(_fetched(cache)) == 2 * len(before)


def test_an_onnx_file_with_its_weights_beside_it(run, proxy, store, out, cache, tmp_path):
    run = dataclasses.replace(run, settings={"XDG_CACHE_HOME": str(cache)})
    generator = np.random.default_rng(7)
    weight = generator.normal(size=(16, 3, 3, 3)).astype(np.float32)
    fc = generator.normal(size=(16, 5)).astype(np.float32)
    make_onnx(tmp_path / "net.onnx", weight, fc, ["pooled"], external="net.weights")
    (tmp_path / "net.weights").write_bytes(weight.tobytes())
    for name in ("net.onnx", "net.weights"):
        proxy.put(MODELS, f"onnx/{name}", (tmp_path / name).read_bytes())
    words = ("--scale", "255,255,255", *SMALL)
    run("run", FEW, "-o", tmp_path / "local", "--model", tmp_path / "net.onnx", *words)
    run("run", FEW, "-o", out, "--model", f"s3://{MODELS}/onnx/net.onnx", *words)
    assert run.csv(out) == run.csv(tmp_path / "local")
    proxy.reset()
    run("run", FEW, "-o", tmp_path / "again", "--model", f"s3://{MODELS}/onnx/net.onnx", *words)
    assert not _gets(proxy, "/onnx/")  # two HEADs
    proxy.set_faults([{"kind": "404", "match": {"key": "net.onnx"}}])
    done = run("run", FEW, "-o", f"{out}-2", "--model", f"s3://{MODELS}/onnx/net.onnx", *words, exit_code=1)
    assert f"--model s3://{MODELS}/onnx/net.onnx: model file 's3://{MODELS}/onnx/net.onnx' does not exist" in done.stderr


def test_a_model_larger_than_memory_allows_is_streamed(run, server, model_store, store, cache, tmp_path):
    """A file of 300 MB adds no more than its pieces do."""
    big = cache.parent / "big.bin"
    big.write_bytes(np.random.default_rng(1).bytes(300_000_000))
    bundle = json.loads((model_store / NAME / "bundle.json").read_text())
    bundle["sha256"]["big.bin"] = hashlib.sha256(big.read_bytes()).hexdigest()
    server.upload_tree(model_store / NAME, MODELS, f"big/{NAME}")
    server.put(MODELS, f"big/{NAME}/big.bin", big.read_bytes())
    server.put(MODELS, f"big/{NAME}/bundle.json", json.dumps(bundle).encode())
    peaks = []
    for number in range(2):
        own = _with_store(run, f"s3://{MODELS}/big", cache)
        process = own.start("extract", FEW, "-o", tmp_path / str(number), *SMALL[:3])
        peak = 0
        while process.poll() is None:
            peak = max(peak, _peak_kilobytes(process.pid))
        assert own.finish(process).returncode == 0
        peaks.append(peak)
    assert _fetched(cache)[0].stat().st_size == 300_000_000
    assert peaks[0] < peaks[1] + 100_000, f"{peaks} kB with and without fetching"


def _peak_kilobytes(pid: int) -> int:
    try:
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:")), 0)


OPTION = "--models (or FRUITS_MODELS)"
FAILURES = {
    "no bucket": ("s3://fruits-nowhere/store", [], [f"{OPTION} s3://fruits-nowhere/store: ", "no such bucket"]),
    "another scheme": ("ftp://host/store", [], [f"{OPTION} ftp://host/store: ", "'ftp'; expected a path, file:///..., s3://"]),
    "photos only": ("gs://bucket/store", [], [f"{OPTION} gs://bucket/store: ", "models lie in local folders and on s3:// only"]),
    "file of photos only": (STORE, ["--model", "hdfs://host/net.onnx"], ["--model hdfs://host/net.onnx: ", "s3:// only"]),
    "no such name": (
        f"s3://{MODELS}/deep/store",
        ["--model", "resnet50"],
        ["--model resnet50: ", f"not in the store {STORE}, which has: broken, {NAME}", f"aws s3 cp --recursive DIR/resnet50 {STORE}"],
    ),
    "no bundle": (STORE, ["--model", f"s3://{MODELS}/deep"], [f"--model s3://{MODELS}/deep: ", "no bundle.json in that folder"]),
    "broken bundle": (STORE, ["--model", "broken"], [f"{STORE}/broken/bundle.json: field 'name' is missing, expected a text"]),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_name_option_address_and_what_was_expected(run, store, cache, out, server, name):
    where, words, said = FAILURES[name]
    wrong_usage = name in ("another scheme", "photos only", "file of photos only")
    done = _with_store(run, where, cache)("run", FEW, "-o", out, *words, *SMALL, exit_code=2 if wrong_usage else 1)
    assert all(text in done.stderr for text in said), done.stderr
    assert not any(secret in done.stderr for secret in (server.access_key, server.secret_key))
    assert not cache.exists()


FAULTS = {
    "403 of the store": ({"kind": "403", "match": {"key": "bundle.json"}}, [OPTION, f"{STORE}/{NAME}/bundle.json", "no access"]),
    "403 of a file": ({"kind": "403", "match": {"key": "model.bin"}}, [f"while fetching model '{NAME}'", "/model.bin", "no access"]),
    "404 of a file": ({"kind": "404", "match": {"key": "model.bin"}}, [f"{STORE}/{NAME}/model.bin is missing, expected SHA-256"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_that_stay_are_told(model_run, proxy, out, server, cache, name):
    fault, said = FAULTS[name]
    proxy.set_faults([fault])
    done = model_run("run", FEW, "-o", out, *SMALL, exit_code=1)
    assert f"--model {NAME}: " in done.stderr and all(text in done.stderr for text in said), done.stderr
    assert not any(secret in done.stderr for secret in (server.access_key, server.secret_key))
    assert not [file for file in _fetched(cache) if file.name == "model.bin" or file.name.startswith(".tmp-")]


def test_no_cache_folder(run, store, out):
    run = _with_store(run, store, "")
    run.settings["HOME"] = ""
    done = run("run", FEW, "-o", out, *SMALL, exit_code=1)
    assert "there is no cache folder to fetch it into; set XDG_CACHE_HOME or HOME" in done.stderr


def test_a_fit_that_is_not_there(run, out, store):
    run("extract", FEW, "-o", out, *SMALL[:3])
    cases = [("s3://fruits-nowhere/fit", 1, "no such bucket"), (f"s3://{MODELS}/none", 1, "no such key"), ("ftp://b/fit", 2, "'ftp'")]
    for fitted, code, why in cases:
        done = run("project", out, "--fitted", fitted, "-o", f"{out}-projected", exit_code=code)
        assert f"--fitted {fitted}: " in done.stderr and why in done.stderr
