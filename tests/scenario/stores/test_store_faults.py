"""What goes wrong on gs:// and hdfs://: a photo's own fault is a row, a fault of the store ends the run and says which."""

import os
import pathlib
import signal

import pytest

from support.s3_proxy import S3Proxy
from support.s3_runs import SMALL, S3Runs, retouched, scores, wait_until

@pytest.fixture
def proxy(gcs):
    with S3Proxy(gcs) as proxy:
        yield proxy


@pytest.fixture
def run(fruits, gcs, proxy) -> S3Runs:
    """The command through the proxy."""
    return S3Runs(fruits, gcs, {"STORAGE_EMULATOR_HOST": f"127.0.0.1:{proxy.port}"})


def photo_key(name: str) -> str:
    """What the proxy sees of requests for gs://fruits/few/name."""
    return f"few(%2F|/){name.replace('/', '(%2F|/)')}"


def test_gcs_answers_that_pass_are_asked_for_again(run, proxy, local, tmp_path):
    proxy.set_faults([{"kind": kind, "rate": 0.1} for kind in ("503", "reset", "cut")], seed=3)
    run("run", "gs://fruits/few", "-o", tmp_path / "out", *SMALL)
    assert sum(proxy.stats()["faults"].values()) >= 5
    assert scores(run.rows(tmp_path / "out")) == scores(run.rows(local))


def test_a_gcs_photo_that_is_gone_is_a_rejected_row(run, proxy, few_files, tmp_path):
    gone = sorted(few_files)[17]
    proxy.set_faults([{"kind": "404", "match": {"key": photo_key(gone)}}])
    run("run", "gs://fruits/few", "-o", tmp_path / "out", "--max-rejected", "5%", *SMALL)
    (row,) = run.rows(tmp_path / "out", "rejected.csv")
    assert (row["path"], row["stage"]) == (f"gs://fruits/few/{gone}", "read") and "does not exist" in row["reason"]
    assert len(run.rows(tmp_path / "out")) == len(few_files) - 1


def test_no_access_and_no_bucket_end_a_gcs_run(run, proxy, few_files, tmp_path):
    done = run("run", "gs://nobody/few", "-o", tmp_path / "out", *SMALL, exit_code=1)
    assert "there is no bucket 'nobody'" in done.stderr
    name = sorted(few_files)[30]
    proxy.set_faults([{"kind": "403", "match": {"key": photo_key(name)}}])
    done = run("run", "gs://fruits/few", "-o", tmp_path / "out", *SMALL, exit_code=1)
    assert f"gs://fruits/few/{name}: " in done.stderr and "PERMISSION_DENIED" in done.stderr
    proxy.set_faults([{"kind": "403"}])
    done = run("doctor", "--input", "gs://fruits/few", exit_code=1)
    assert "PERMISSION_DENIED" in done.stdout and "error_info" not in done.stdout


def test_an_hdfs_photo_that_is_gone_is_a_rejected_row(hdfs, hdfs_store, few_files, tmp_path):
    """Listing asks the name node alone: while the data node stands still, the run has listed all and reads the first."""
    names = sorted(few_files)[:50]
    for copy in range(3):
        for number, name in enumerate(names):
            hdfs.put(f"many/{copy}/{number:02}.jpg", retouched(few_files[name], copy))
    os.kill(hdfs.processes["datanode"].pid, signal.SIGSTOP)
    try:
        process = hdfs_store.run.start(
            "run", f"{hdfs.url}/many", "-o", tmp_path / "out", "--max-rejected", "5%", "--threads", "1", *SMALL
        )
        wait_until(lambda: hdfs.opens() > 0, "the first photo to be opened", 90)
        hdfs.delete("many/2/49.jpg")
    finally:
        os.kill(hdfs.processes["datanode"].pid, signal.SIGCONT)
    done = hdfs_store.run.finish(process)
    assert done.returncode == 0, done.stderr
    (row,) = hdfs_store.run.rows(tmp_path / "out", "rejected.csv")
    assert (row["path"], row["stage"]) == (f"{hdfs.url}/many/2/49.jpg", "read")
    assert len(hdfs_store.run.rows(tmp_path / "out")) == 149


def test_what_hdfs_does_not_let_us_read(hdfs, hdfs_store, few_files, tmp_path):
    """A folder below the input is a problem of the listing, a photo ends the run."""
    for number, data in enumerate(list(few_files.values())[:8]):
        hdfs.put(f"guarded/{'secret' if number == 0 else 'open'}/{number}.jpg", data)
    hdfs.set_permission("guarded/secret", "700")
    run = S3Runs(hdfs_store.run.fruits, hdfs, {"HADOOP_USER_NAME": "alice"})
    done = run("run", f"{hdfs.url}/guarded", "-o", tmp_path / "out", *SMALL, "--max-rejected", "20%")
    assert f"{hdfs.url}/guarded/secret" in done.stderr and len(run.rows(tmp_path / "out")) == 7
    hdfs.set_permission("guarded/open/3.jpg", "600")
    done = run("run", f"{hdfs.url}/guarded", "-o", tmp_path / "out-2", *SMALL, exit_code=1)
    assert f"{hdfs.url}/guarded/open/3.jpg: " in done.stderr and "permission denied" in done.stderr


def test_doctor_says_what_hdfs_lacks(hdfs, hdfs_store):
    def says(url: str = hdfs.url, **settings: str) -> str:
        run = S3Runs(hdfs_store.run.fruits, hdfs, settings)
        return run("doctor", "--input", f"{url}/few", exit_code=1, cwd=hdfs.folder).stdout

    no_library = says(ARROW_LIBHDFS_DIR="/nothing", HADOOP_HOME="/nothing")
    no_classes = says(CLASSPATH="")
    lacking = [no_library, no_classes, says(CLASSPATH="/nothing")]
    if not pathlib.Path("/usr/lib/jvm/default-java").exists():  # Debian's own, which is found without JAVA_HOME
        lacking.append(says(JAVA_HOME="/nothing"))
        assert "libjvm" in lacking[-1]
    for words in lacking:
        assert all(name in words for name in ("JAVA_HOME", "HADOOP_HOME", "ARROW_LIBHDFS_DIR", "CLASSPATH", "hadoop classpath"))
    assert "libhdfs" in no_library and "CLASSPATH is not set" in no_classes
    assert "hdfs://127.0.0.1:1/" in says("hdfs://127.0.0.1:1")
    assert "hdfs://nobody.invalid:8020/" in says("hdfs://nobody.invalid:8020")
    assert "expected hdfs://host:port/path" in says("hdfs://127.0.0.1:port")


def test_a_signal_ends_an_hdfs_run_as_any_other(hdfs, hdfs_store, few_files, tmp_path):
    """Java in the process does not take it for itself."""
    os.kill(hdfs.processes["datanode"].pid, signal.SIGSTOP)
    try:
        before = hdfs.opens()
        process = hdfs_store.run.start("run", f"{hdfs.url}/few", "-o", tmp_path / "out", *SMALL)
        wait_until(lambda: hdfs.opens() > before, "the first photo to be opened", 90)
        process.send_signal(signal.SIGINT)
        done = hdfs_store.run.finish(process)
    finally:
        os.kill(hdfs.processes["datanode"].pid, signal.SIGCONT)
    assert done.returncode == 130, done.stderr
    hdfs_store.run("run", f"{hdfs.url}/few", "-o", tmp_path / "out", *SMALL)
    assert len(hdfs_store.run.rows(tmp_path / "out")) == len(few_files)
