"""The chain with S3 at either end gives what it gives on local files, with no request too many, and tells no secret."""

import json
import signal

import pytest

from support.s3_proxy import S3Proxy
from support.s3_runs import SMALL, S3Runs, gets_by_key, path_of, scores, wait_until

FEW = "s3://fruits/few"


@pytest.fixture(scope="module")
def local_rows(direct, few_photos, tmp_path_factory):
    folder = tmp_path_factory.mktemp("local") / "results"
    direct("run", few_photos, "-o", folder, *SMALL)
    return direct.rows(folder)


def test_scores_are_those_of_local_files(run, out, few_photos, few_names, local_rows, tmp_path):
    for source, target in [(FEW, out), (FEW, tmp_path / "one"), (few_photos, f"{out}-two")]:
        done = run("run", source, "-o", target, *SMALL)
        assert done.stdout.strip() == (str(target) if str(target).startswith("s3") else f"file://{target}")
        rows = run.rows(target)
        base = path_of("fruits", "few") if source == FEW else f"file://{few_photos}"
        assert [row["path"] for row in rows] == [f"{base}/{name}" for name in few_names]
        assert scores(rows) == scores(local_rows)
        run.assert_whole(target)
        assert run.counts(target)["rejected"] == 0


def test_s3a_means_s3(run, out, few_csv):
    done = run("run", "s3a://fruits/few/", "-o", f"s3a{out[2:]}/", *SMALL)
    assert done.stdout.strip() == out
    assert run.csv(out) == few_csv
    assert run.status(f"s3a{out[2:]}").startswith("finished: 60 of 60 photos")


def test_parts_of_the_chain_work_on_buckets(run, out, few_csv, tmp_path):
    network, fit = SMALL[:3], SMALL[3:]
    run("extract", FEW, "-o", out, *network)
    assert run.record(out)["command"] == "extract"
    run("fit", out, "-o", f"{out}-fitted", *fit)
    for target in (f"{out}-projected", tmp_path / "projected"):
        run("project", out, "--fitted", f"{out}-fitted", "-o", target)
        assert run.csv(target) == few_csv
    # In place, and from a bucket's table alone.
    run("fit", out, "-o", out, *fit)
    run("project", out, "--fitted", out, "-o", out)
    assert run.csv(out) == few_csv and run.status(out).startswith("finished")


def test_models_stay_local(run, out, proxy):
    run("run", FEW, "-o", out, "--models", run.fruits.store, *SMALL)
    keys = {key for stats in proxy.stats(per_key=True)["operations"].values() for key in stats["per_key"]}
    assert len(keys) > 60 and not [key for key in keys if "efficientnet" in key]


def test_status_tells_what_lies_in_a_bucket(run, out, server):
    assert run.status(out).startswith("empty")
    assert "no such bucket" in run.status("s3://fruits-nowhere/out")
    assert run.status(FEW).startswith("foreign")
    run("run", FEW, "-o", out, *SMALL)
    assert run.status(out).startswith("finished: 60 of 60 photos (0 rejected), 12 labels, 5 components")
    bucket, prefix = out.removeprefix("s3://").split("/", 1)
    server.put(bucket, f"{prefix}/rejected.csv", b"other")
    assert run.status(out).startswith("broken: ") and "rejected.csv" in run.status(out)
    server.client().delete_object(Bucket=bucket, Key=f"{prefix}/run.json")
    assert run.status(out).startswith("unfinished: 60 rows and 0 rejected photos")
    assert run("status", out, exit_code=1).stdout


def test_damaged_parts_in_a_bucket_are_mended(run, out, server, few_csv):
    words = ("run", FEW, "-o", out, *[word for word in SMALL if word != "--no-thumbnails"])
    run(*words)
    bucket, prefix = out.removeprefix("s3://").split("/", 1)
    for kind in ("thumbs", "features"):
        (key,) = server.list_keys(bucket, f"{prefix}/{kind}/")
        good = server.read(bucket, key)
        server.put(bucket, key, good[: len(good) // 2] + bytes([good[len(good) // 2] ^ 1]) + good[len(good) // 2 + 1 :])
        assert run.status(out).startswith("broken: ") and f"{key.removeprefix(f'{prefix}/')} (differs)" in run.status(out)
        run(*words)
        assert run.counts(out)["computed"] == 60
        assert run.status(out).startswith("finished: 60 of 60 photos")
        assert run.csv(out) == few_csv
        run(*words)
        assert run.counts(out)["computed"] == 0


def test_status_of_a_running_one_names_it(run, out, proxy):
    proxy.set_faults([{"kind": "timeout", "seconds": 20, "max": 1, "match": {"method": "GET", "key": "^/fruits/"}}])
    process = run.start("run", FEW, "-o", out, *SMALL)
    try:
        wait_until(lambda: len(gets_by_key(proxy.stats(per_key=True), "/fruits/few/")) > 30, "photos to be read")
        line = run.status(out)
        assert line.startswith("running: ") and f"process {process.pid} on " in line
        assert run("status", out).returncode == 0
    finally:
        process.kill()
        run.finish(process)
    assert run.status(out).startswith("unfinished: 0 rows")


def test_inputs_are_keys_globs_and_folders_together(run, few_photos, few_names, tmp_path):
    kinds = sorted({name.split("/")[0] for name in few_names}, key=str.encode)
    key = f"{FEW}/{few_names[3]}"
    first, second = kinds[:2]
    local = few_photos / kinds[5]
    cases = {
        (key,): [few_names[3]],
        (f"{FEW}/{first}/*.jpg",): [n for n in few_names if n.startswith(f"{first}/")],
        (f"{FEW}/{second}", f"{FEW}/{first}/", key): [n for n in few_names if n.split("/")[0] in (first, second)],
    }
    for number, (inputs, names) in enumerate(cases.items()):
        folder = tmp_path / str(number)
        run("extract", *inputs, "-o", folder, *SMALL[:3])
        assert [row["path"] for row in _parts(folder)] == [path_of("fruits", f"few/{name}") for name in names]
    # All local photos come before those of buckets, as "file" does before "s3".
    run("run", f"{FEW}/{first}", local, "-o", tmp_path / "both", *SMALL)
    paths = [row["path"] for row in run.rows(tmp_path / "both")]
    assert paths == sorted(paths, key=str.encode)
    assert [path[:4] for path in paths] == ["file"] * 5 + ["s3:/"] * 5


def _parts(folder):
    import pyarrow.parquet as pq

    return [row for part in sorted((folder / "features").glob("*")) for row in pq.read_table(part, columns=["path"]).to_pylist()]


# versitygw keeps keys as files: a '/' at the end and a photo below a photo are in test_minio.py, '//' in the listing's own tests.
ODD_KEYS = [
    "a b/c d.jpg", "100%/50%25.jpg", "plus+plus/1+1.jpg", "Äpfel/größe é.jpg", "柿/かき.jpg", "q?x=1&y=2/what?.jpg",
    "hash#tag/a#b.jpg", "\"quoted\"/it's.jpg", "comma, semi;colon/a,b.jpg", "line\nbreak/a\nb.jpg", "tab\there/x\ty.jpg",
    "~!@$^&()=[]{}|<>`/x.jpg", "back\\slash/a\\b.jpg", "dots../a..jpg", "emoji 🍏/🍐.jpg", "%2F/%2e%2e.jpg",
]  # fmt: skip


def test_odd_keys_are_right_everywhere(run, server, few_photos, few_names, out, tmp_path):
    for number, key in enumerate(ODD_KEYS):
        server.put("fruits", f"odd/{key}", (few_photos / few_names[number]).read_bytes())
    run("run", "s3://fruits/odd", "-o", out, "--label", "parent", *SMALL)
    keys = sorted((f"odd/{key}" for key in ODD_KEYS), key=str.encode)
    rows = run.rows(out)
    assert [row["path"] for row in rows] == [path_of("fruits", key) for key in keys]
    assert [row["label"] for row in rows] == [key.split("/")[-2] for key in keys]
    assert run.counts(out)["rejected"] == 0
    # Paths of the results are inputs.
    paths = [row["path"] for row in rows]
    run("extract", *paths, "-o", tmp_path / "again", *SMALL[:3])
    assert [row["path"] for row in _parts(tmp_path / "again")] == paths


def test_a_photo_costs_one_get_and_no_head(run, proxy, out, few_names, tmp_path):
    run("run", FEW, "-o", out, *SMALL)
    stats = proxy.stats(per_key=True)
    assert gets_by_key(stats, "/fruits/few/") == {f"/fruits/few/{name}": 1 for name in few_names}
    heads = stats["operations"].get("HEAD", {}).get("per_key", {})
    assert not [key for key in heads if key.startswith("/fruits/")]
    proxy.reset()
    run("run", FEW, "-o", tmp_path / "local", *SMALL)
    operations = proxy.stats()["operations"]
    assert set(operations) == {"GET", "LIST"} and operations["GET"]["requests"] == 60
    # Nothing is read again when all is known.
    proxy.reset()
    run("run", FEW, "-o", tmp_path / "local", *SMALL)
    assert set(proxy.stats()["operations"]) == {"LIST"}
    assert run.counts(tmp_path / "local")["computed"] == 0


def test_at_most_64_photos_are_asked_for_at_once(fruits, server, few_names, tmp_path):
    with S3Proxy(server, latency_ms=60) as proxy:
        S3Runs(fruits, proxy)("extract", "s3://fruits/many", "-o", tmp_path / "out", "--limit", 400, *SMALL[:3])
        stats = proxy.stats()
    assert stats["operations"]["GET"]["requests"] == 400
    # The listing may still be asking, eight at a time.
    assert 48 <= stats["in_flight_max"] <= 64 + 8
    assert stats["connections"] <= 64 + 8 + 1  # kept alive


TOKEN = "AQoDYXdzE-papaya-token-pomelo"


def _secrets(server):
    return [server.access_key, server.secret_key, TOKEN, "loquat%2Fsalak%2Brambutan%3D93", "wrong-durian-secret"]


def _assert_silent(server, where, text):
    text = text if isinstance(text, bytes) else text.encode()
    for secret in _secrets(server):
        assert secret.encode() not in text, f"{where} holds {secret!r}"


@pytest.mark.parametrize("style", ["plain", pytest.param("json", marks=pytest.mark.slow)])
def test_success_tells_no_secret(run, proxy, out, server, style):
    held = {"kind": "timeout", "seconds": 1, "max": 1, "match": {"key": "^/fruits/few/"}}
    proxy.set_faults([held, {"kind": "503", "rate": 0.1}])
    process = run.start("run", FEW, "-o", out, *SMALL[:-1], style)
    bucket, prefix = out.removeprefix("s3://").split("/", 1)
    wait_until(lambda: gets_by_key(proxy.stats(per_key=True), "/fruits/few/"), "photos to be read")
    process.send_signal(signal.SIGSTOP)
    lease = server.read(bucket, f"{prefix}/_run/lease.json")
    process.send_signal(signal.SIGCONT)
    done = run.finish(process)
    assert done.returncode == 0, done.stderr
    assert f"process {process.pid}" in json.loads(lease)["holder"]
    names = server.list_keys(bucket, f"{prefix}/")
    assert {f"{prefix}/run.json", f"{prefix}/_run/state.json", f"{prefix}/pca_result.csv"} <= set(names)
    texts = {"stdout": done.stdout, "stderr": done.stderr, "the lease": lease}
    for where, text in {**texts, **{name: server.read(bucket, name) for name in names}}.items():
        _assert_silent(server, where, text)
    _assert_silent(server, "status", run.status(out))


FAILURES = {
    "wrong secret": ({"AWS_SECRET_ACCESS_KEY": "wrong-durian-secret"}, FEW, "check AWS_SECRET_ACCESS_KEY"),
    "unknown key": ({"AWS_ACCESS_KEY_ID": "wrong-durian-secret"}, FEW, "the access key is unknown there"),
    "unknown token": ({"AWS_SESSION_TOKEN": TOKEN}, FEW, "set AWS_SESSION_TOKEN anew"),
    "unknown host": ({"AWS_ENDPOINT_URL": "http://no-such-host.invalid"}, FEW, "no-such-host.invalid"),
    "endpoint with a password": ({"AWS_ENDPOINT_URL": "http://me:wrong-durian-secret@127.0.0.1:1"}, FEW, "AWS_ENDPOINT_URL"),
    "no bucket": ({}, "s3://fruits-nowhere/photos", "no such bucket"),
    "no photos": ({}, "s3://fruits/nothing-here", "s3://fruits/nothing-here"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_say_why_and_tell_no_secret(fruits, proxy, out, server, tmp_path, name):
    settings, source, why = FAILURES[name]
    run = S3Runs(fruits, proxy, settings)
    for target in (out, tmp_path / "local"):
        done = run("run", source, "-o", target, *SMALL[:-1], "plain", exit_code=1)
        assert why in done.stderr
        _assert_silent(server, "stdout", done.stdout)
        _assert_silent(server, "stderr", done.stderr)
        assert len(done.stderr.strip().splitlines()) <= 2, done.stderr
    for file in [p for p in tmp_path.rglob("*") if p.is_file()]:
        _assert_silent(server, file, file.read_bytes())


@pytest.mark.parametrize(
    ("missing", "why"), [("s3://fruits/nothing-here", "does not exist"), ("s3://fruits-nowhere/photos", "no such bucket")]
)
def test_a_missing_input_beside_others_ends_compare(run, tmp_path, missing, why):
    done = run("compare", FEW, missing, "-o", tmp_path / "out", "--input-size", "32,64", "--progress", "none", exit_code=1)
    assert why in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stdout == "" and not (tmp_path / "out").exists()


def test_report_of_a_folder_in_a_bucket(run, out, server, tmp_path):
    """One page that needs nothing beside it, so a presigned link is enough; written again, it is the same."""
    run("run", FEW, "-o", out, *[word for word in SMALL if word != "--no-thumbnails"])
    bucket, prefix = out.removeprefix("s3://").split("/", 1)
    page = server.read(bucket, f"{prefix}/report.html")
    types = {"report.html": "text/html; charset=utf-8", "scree.svg": "image/svg+xml", "run.json": "application/json"}
    for name, kind in types.items():  # so that a presigned link opens in the browser
        assert server.client().head_object(Bucket=bucket, Key=f"{prefix}/{name}")["ContentType"] == kind
    assert page.count(b'id="thumbnails-0"') == 1
    run("report", out, "-o", tmp_path / "page.html")
    server.client().delete_object(Bucket=bucket, Key=f"{prefix}/report.html")
    assert "report.html (missing)" in run.status(out)
    done = run("report", out)
    assert done.stdout.strip() == f"{out}/report.html"
    assert server.read(bucket, f"{prefix}/report.html") == (tmp_path / "page.html").read_bytes()
    assert run.status(out).startswith("finished")
