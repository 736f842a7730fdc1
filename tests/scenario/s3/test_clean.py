"""What `fruits clean` removes from a bucket."""

import pytest

from support.s3_runs import SMALL

FEW = "s3://fruits/few"


@pytest.mark.parametrize("state", ["empty", "finished", "unfinished"])
def test_uploads_that_a_killed_run_left_open_are_aborted(run, direct, out, server, state):
    bucket, prefix = out.removeprefix("s3://").split("/", 1)
    if state != "empty":
        direct("run", FEW, "-o", out, *SMALL)
    client = server.client()
    if state == "unfinished":
        client.delete_object(Bucket=bucket, Key=f"{prefix}/run.json")
    names = [f"{prefix}/features/part-000009-0badcafe.parquet", f"{prefix}/pca_result.csv", f"{prefix}/mine", f"{prefix}-other/pca_result.csv"]
    for name in names:
        client.create_multipart_upload(Bucket=bucket, Key=name)
    done = run("clean", out)
    assert "removed" in done.stderr
    left = [upload["Key"] for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]
    assert sorted(key for key in left if key.startswith(prefix)) == sorted(names[2:])
    assert bool(server.list_keys(bucket, f"{prefix}/")) == (state == "finished")
    assert "nothing to clean" in run("clean", out).stderr


def test_an_output_among_the_inputs_of_a_bucket(direct, few_photos, server):
    server.upload_tree(few_photos, "fruits-out", "among/photos")
    words = ("run", "s3://fruits-out/among", "-o", "s3://fruits-out/among/A-out", *SMALL, "--glob", "*")
    direct(*words, "--limit", 20)  # the results come first in order, and are none of the 20
    assert direct.counts("s3://fruits-out/among/A-out")["computed"] == 20
    for _ in range(2):
        direct(*words)
        counts = direct.counts("s3://fruits-out/among/A-out")
        assert counts["photos"] == counts["features"] == 60
