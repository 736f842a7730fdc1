"""The real S3 servers of the tests do what Fruits asks of S3, and die and come back when told to."""

import hashlib
import json
import subprocess
import sys
import urllib.request

import botocore.exceptions
import pytest
from s3.conftest import BUCKET
from support.s3_proxy import S3Proxy
from support.s3_server import VersityGw

ODD_KEYS = ["odd/a b.jpg", "odd/per%41cent%2F.jpg", "odd/a+b.jpg", "odd/é€𝄞.jpg", "odd/q\"<>&'.jpg", "odd/folder/"]


def code(error) -> str:
    return error.value.response["Error"]["Code"]


def status(error) -> int:
    return error.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_puts_and_reads(server):
    data = bytes(range(256)) * 20
    assert server.put(BUCKET, "read/a.jpg", data) == f'"{hashlib.md5(data).hexdigest()}"'
    assert server.read(BUCKET, "read/a.jpg") == data
    client = server.client()
    part = client.get_object(Bucket=BUCKET, Key="read/a.jpg", Range="bytes=100-199")
    assert part["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert part["Body"].read() == data[100:200]
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.read(BUCKET, "read/none.jpg")
    assert code(error) == "NoSuchKey"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        server.read("no-such-bucket", "a")
    assert code(error) == "NoSuchBucket"


def test_conditions(server):
    client = server.client()
    etag = server.put(BUCKET, "lease", b"first")
    assert client.get_object(Bucket=BUCKET, Key="lease", IfMatch=etag)["Body"].read() == b"first"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.get_object(Bucket=BUCKET, Key="lease", IfMatch='"0123"')
    assert status(error) == 412
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.get_object(Bucket=BUCKET, Key="lease", IfNoneMatch=etag)
    assert status(error) == 304
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.put_object(Bucket=BUCKET, Key="lease", Body=b"second", IfNoneMatch="*")
    assert status(error) == 412
    with pytest.raises(botocore.exceptions.ClientError) as error:
        client.put_object(Bucket=BUCKET, Key="lease", Body=b"second", IfMatch='"0123"')
    assert status(error) == 412
    assert server.read(BUCKET, "lease") == b"first"
    renewed = client.put_object(Bucket=BUCKET, Key="lease", Body=b"renewed", IfMatch=etag)["ETag"]
    assert renewed != etag
    assert server.read(BUCKET, "lease") == b"renewed"
    client.delete_object(Bucket=BUCKET, Key="lease")
    assert client.put_object(Bucket=BUCKET, Key="lease", Body=b"new", IfNoneMatch="*")["ETag"]


def test_lists_in_pages(server):
    keys = [f"pages/{name}" for name in ("B", "a", "a.b", "a0", "z")]
    for key in keys:
        server.put(BUCKET, key, b"1")
    pages = list(server.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="pages/", MaxKeys=2))
    assert [len(page["Contents"]) for page in pages] == [2, 2, 1]
    assert [entry["Key"] for page in pages for entry in page["Contents"]] == keys
    assert server.list_keys(BUCKET, "pages/a") == ["pages/a", "pages/a.b", "pages/a0"]


def test_odd_keys_also_through_the_proxy(server):
    with S3Proxy(server) as proxy:
        for key in ODD_KEYS:
            proxy.put(BUCKET, key, b"" if key.endswith("/") else key.encode())
        assert sorted(proxy.list_keys(BUCKET, "odd/")) == sorted(ODD_KEYS)
        for key in ODD_KEYS:
            assert server.read(BUCKET, key) == proxy.read(BUCKET, key) == (b"" if key.endswith("/") else key.encode())


def test_a_large_object_through_the_proxy(server):
    data = bytes(range(251)) * 30_000  # the client waits for 100 Continue before such a body
    with S3Proxy(server) as proxy:
        proxy.put(BUCKET, "large", data)
        assert proxy.read(BUCKET, "large") == data
        stats = proxy.stats()
        assert stats["bytes_received"] >= len(data) and stats["bytes_sent"] >= len(data)
        assert stats["connections"] == 1 and stats["target_failures"] == 0


def test_uploads_a_tree(server, tmp_path):
    for name in ("one.jpg", "Apple Red 1/two.jpg", "Apple Red 1/+3%.jpg", ".hidden"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    assert server.upload_tree(tmp_path, BUCKET, "tree/x") == 3
    page = server.client().list_objects_v2(Bucket=BUCKET, Prefix="tree/")
    found = {entry["Key"]: entry["ETag"] for entry in page["Contents"]}
    names = ("one.jpg", "Apple Red 1/two.jpg", "Apple Red 1/+3%.jpg")
    assert found == {f"tree/x/{name}": f'"{hashlib.md5(name.encode()).hexdigest()}"' for name in names}
    assert server.read(BUCKET, "tree/x/one.jpg") == b"one.jpg"
    # What Fruits reads by: the ETag of the listing.
    reading = server.client().get_object(Bucket=BUCKET, Key="tree/x/one.jpg", IfMatch=found["tree/x/one.jpg"])
    assert reading["Body"].read() == b"one.jpg"


def test_wrong_key_is_refused(server):
    class Stranger(type(server)):
        secret_key = "wrong"

    stranger = Stranger(server.data.parent)
    stranger.port = server.port
    with pytest.raises(botocore.exceptions.ClientError) as error:
        stranger.list_keys(BUCKET)
    assert status(error) == 403


def test_environment_names_this_server_alone(server):
    environment = server.environment({"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "x", "PATH": "/bin"})
    assert environment["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{server.port}"
    assert environment["AWS_ACCESS_KEY_ID"] == server.access_key
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["PATH"] == "/bin"
    assert "AWS_PROFILE" not in environment and "AWS_SESSION_TOKEN" not in environment


def test_pause_kill_restart(tmp_path):
    with VersityGw(tmp_path) as server:
        server.make_bucket(BUCKET)
        server.put(BUCKET, "a", b"kept")
        port = server.port

        server.pause()
        with pytest.raises(botocore.exceptions.ReadTimeoutError):
            server.client(timeout=0.3).get_object(Bucket=BUCKET, Key="a")
        server.resume()
        assert server.read(BUCKET, "a") == b"kept"

        with S3Proxy(server) as proxy:
            client = proxy.client()
            client.head_object(Bucket=BUCKET, Key="a")
            server.kill()
            with pytest.raises(botocore.exceptions.EndpointConnectionError):
                server.read(BUCKET, "a")
            with pytest.raises(botocore.exceptions.ConnectionClosedError):
                client.head_object(Bucket=BUCKET, Key="a")
            server.restart()
            assert server.port == port
            assert server.read(BUCKET, "a") == b"kept"
            assert client.get_object(Bucket=BUCKET, Key="a")["Body"].read() == b"kept"
        url = server.url
    with pytest.raises(OSError):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5)


def test_command_runs_against_a_server(root_dir, tmp_path):
    (tmp_path / "photos/Apple").mkdir(parents=True)
    (tmp_path / "photos/Apple/1.jpg").write_bytes(b"photo")
    look = "import os, sys; print(os.environ['AWS_ENDPOINT_URL']); sys.exit(7)"
    done = subprocess.run(
        [sys.executable, root_dir / "tools/s3_servers.py", "--folder", tmp_path / "kept", "--bucket", "photos"]
        + ["--upload", tmp_path / "photos", "--", sys.executable, "-c", look],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 7, done.stderr
    assert done.stdout.startswith("http://127.0.0.1:")
    assert json.loads(done.stderr)["requests"] == 0
    with VersityGw(tmp_path / "kept") as server:
        assert server.list_keys("photos") == ["Apple/1.jpg"] and server.list_keys("photos-out") == []
