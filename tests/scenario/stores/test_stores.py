"""Photos on gs:// and hdfs://: the rows of local photos, in their places in the one order, and faults in clear words."""

import io
import random
import tarfile
import urllib.parse

import pytest

from support.s3_runs import SMALL, S3Runs, scores
from support.s3_server import VersityGw

# Each name is one that an address, a glob or Java could take for something else.
ODD = ("a b/1+2.jpg", "a/100%.jpg", "a/x%20y.jpg", "日本/é.jpg", "🍎/🍐.jpg", "q*[z]/?.JPG", "a/b/c/d.jpeg")
HIDDEN = ("a/.hidden.jpg", ".folder/1.jpg", "a/.b/1.jpg", "a/notes.txt")
FEW = [*SMALL[: SMALL.index("--components")], "--components", "2", *SMALL[SMALL.index("--components") + 2 :]]


def raw_path(row: dict) -> bytes:
    return urllib.parse.unquote_to_bytes(row["path"].removeprefix("file://"))


def keys(store, listed: list[dict], folder: str) -> list[str]:
    return [urllib.parse.unquote(row["path"]).removeprefix(f"{store.root}/{folder}/") for row in listed]


def test_results_are_those_of_local_photos(store, local, few_files, tmp_path):
    store.run("run", f"{store.root}/few", "-o", tmp_path / "out", *SMALL)
    found = store.run.rows(tmp_path / "out")
    assert scores(found) == scores(store.run.rows(local))
    assert keys(store, found, "few") == sorted(few_files, key=str.encode)
    assert {row["label"] for row in found} == {name.split("/")[0] for name in few_files}
    store.run("run", f"{store.root}/few", "-o", tmp_path / "out", *SMALL)
    assert store.run.counts(tmp_path / "out")["computed"] == 0


def test_names_globs_and_hidden_files_are_as_on_the_disk(store, few_files, tmp_path):
    photos = iter(few_files.values())
    for name in (*ODD, *HIDDEN):
        data = next(photos)
        store.put(f"odd/{name}", data)
        file = tmp_path / "odd" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    cases = {
        "all": [""],
        "globs": ["/a*/*.jpg", "/[!q]*/🍐.jpg", "/a/**", "/q*[z]"],
        "named": ["/a/.hidden.jpg", "/a/.b", "/日本/é.jpg"],
    }
    for case, inputs in cases.items():
        here = [f"{tmp_path}/odd{text}" for text in inputs]
        there = [f"{store.root}/odd{text}" for text in inputs]
        store.run("run", *here, "-o", tmp_path / f"{case}-here", *FEW)
        store.run("run", *there, "-o", tmp_path / f"{case}-there", *FEW)
        expected, found = (store.run.rows(tmp_path / f"{case}-{place}") for place in ("here", "there"))
        assert scores(found) == scores(expected), case
        names = [urllib.parse.unquote(row["path"]).removeprefix(f"file://{tmp_path}/odd/") for row in expected]
        assert keys(store, found, "odd") == names and names, case


def test_inputs_of_all_kinds_are_in_one_order(gcs_store, hdfs_store, few_photos, few_files, tmp_path):
    names = sorted(few_files)[:3]
    with VersityGw(tmp_path) as s3:
        s3.make_bucket("fruits")
        for name in names:
            s3.put("fruits", f"few/{name}", few_files[name])
        inputs = ["s3://fruits/few", *(f"{store.root}/few/{name}" for store in (hdfs_store, gcs_store) for name in names)]
        inputs += [str(few_photos / name) for name in names]
        random.Random(7).shuffle(inputs)
        environment = hdfs_store.run.endpoint.environment(gcs_store.run.endpoint.environment(s3.environment({})))
        run = S3Runs(gcs_store.run.fruits, s3, {k: v for k, v in environment.items() if not k.startswith("AWS_")})
        run("run", *inputs, inputs[0], "-o", tmp_path / "out", *SMALL)
        found = run.rows(tmp_path / "out")
    assert len(found) == 12 and [raw_path(row) for row in found] == sorted(raw_path(row) for row in found)
    assert [row["path"].split(":")[0] for row in found] == ["file"] * 3 + ["gs"] * 3 + ["hdfs"] * 3 + ["s3"] * 3
    assert len(set(scores(found))) == 3


@pytest.mark.parametrize("kind", ["tar", "tar.gz"])
def test_archives_there_are_inputs_too(store, local, few_files, tmp_path, kind):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz" if kind.endswith("gz") else "w") as tar:
        for name, data in few_files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    store.put(f"few.{kind}", packed.getvalue())
    store.run("run", f"{store.root}/few.{kind}", "-o", tmp_path / "out", *SMALL)
    found = store.run.rows(tmp_path / "out")
    assert scores(found) == scores(store.run.rows(local))
    assert found[0]["path"].startswith(f"{store.root}/few.{kind}!/")


def test_results_are_not_written_there(store, few_photos):
    for command in (["run", few_photos, "-o", f"{store.root}/out", *SMALL], ["doctor", "--output", f"{store.root}/out"]):
        done = store.run(*command, exit_code=None)
        assert done.returncode in (1, 2)
        assert f"{store.root}/out" in done.stdout + done.stderr
        assert "results, fits and models lie in local folders and on s3:// only" in done.stdout + done.stderr


def test_inputs_that_are_not_there_are_named(store, tmp_path):
    for name in ("nothing", "nothing/", "few/*/nothing*", "nothing/*.jpg"):
        done = store.run("run", f"{store.root}/{name}", "-o", tmp_path / "out", *SMALL, exit_code=1)
        assert f"{store.root}/nothing" in done.stderr or "nothing matches" in done.stderr
    assert "ok" in store.run("doctor", "--input", f"{store.root}/few").stdout
