"""A real server of Google Cloud Storage's interface on 127.0.0.1 for the tests.

    with FakeGcs(tmp_path) as gcs:
        gcs.make_bucket("fruits")
        gcs.put("fruits", "a/b.jpg", data)
        subprocess.run([fruits, "run", "gs://fruits/a", ...], env=gcs.environment())

It knows no accounts: whoever asks may read and write.
"""

import json
import os
import pathlib
import urllib.parse
import urllib.request
from collections.abc import Mapping

from support.s3_server import Server, _files, _key

FAKE_GCS = "github.com/fsouza/fake-gcs-server@v1.56.1"


class FakeGcs(Server):
    """fake-gcs-server, in memory."""

    name = "fake-gcs-server"
    source = FAKE_GCS

    def command(self) -> list[str]:
        place = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(self.port), "-public-host", f"127.0.0.1:{self.port}"]
        return ["-backend", "memory", "-log-level", "error", *place]

    def server_environment(self) -> dict[str, str]:
        return {}

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        return {**(os.environ if base is None else base), "STORAGE_EMULATOR_HOST": self.url}

    def probe(self) -> None:
        self._ask("GET", "/storage/v1/b?project=fruits")

    def _ask(self, method: str, path: str, data: bytes | None = None, kind: str = "application/json") -> bytes:
        request = urllib.request.Request(self.url + path, data=data, method=method, headers={"Content-Type": kind})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as answer:
            return answer.read()

    def make_bucket(self, bucket: str) -> None:
        self._ask("POST", "/storage/v1/b?project=fruits", json.dumps({"name": bucket}).encode())

    def put(self, bucket: str, key: str, data: bytes) -> None:
        name = urllib.parse.quote(key, safe="")
        self._ask("POST", f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}", data, "image/jpeg")

    def upload_tree(self, folder: pathlib.Path, bucket: str, prefix: str = "") -> int:
        files = _files(folder)
        for file in files:
            self.put(bucket, _key(prefix, file.relative_to(folder)), file.read_bytes())
        return len(files)
