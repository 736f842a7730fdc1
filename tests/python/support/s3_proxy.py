"""Latency, faults and counts between an S3 client and a server (tests/tools/s3_proxy, which describes the faults).

    with VersityGw(tmp_path) as server, S3Proxy(server, latency_ms=30, faults=[{"kind": "503", "rate": 0.1}]) as proxy:
        subprocess.run([fruits, "run", ...], env=proxy.environment())
        assert proxy.requests("GET")["max_per_key"] == 1 and "HEAD" not in proxy.stats()["operations"]
"""

import json
import pathlib
import subprocess
import urllib.error
import urllib.request

import psutil

from support import go_tool
from support.s3_server import Endpoint

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "tools/s3_proxy"


class S3Proxy(Endpoint):
    """A proxy process before an Endpoint; a context manager. It ends with the process that started it."""

    def __init__(self, server: Endpoint, latency_ms: float = 0, faults: list[dict] | None = None, seed: int = 1):
        self.server = server
        self.access_key, self.secret_key, self.region = server.access_key, server.secret_key, server.region
        self._options = ["--latency", f"{latency_ms}ms", "--seed", str(seed), "--faults", json.dumps(faults or [])]
        self.process: subprocess.Popen | None = None

    def __enter__(self):
        self.process = subprocess.Popen(
            [str(go_tool.build(SOURCE, "s3_proxy")), "--target", f"127.0.0.1:{self.server.port}", *self._options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        line = self.process.stdout.readline()
        if not line:
            raise ChildProcessError(f"s3_proxy did not start: {self.process.communicate()[1]}")
        addresses = json.loads(line)
        self.port = int(addresses["listen"].rpartition(":")[2])
        self._control = f"http://{addresses['control']}"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    @property
    def pid(self) -> int:
        return self.process.pid

    def _call(self, path: str, body: str | None = None) -> bytes:
        request = urllib.request.Request(self._control + path, data=None if body is None else body.encode())
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise ValueError(error.read().decode().strip()) from None

    def stats(self, per_key: bool = False) -> dict:
        """Counts since the start or reset(): requests, operations (GET, LIST, PUT, ...), connections, faults, bytes."""
        return json.loads(self._call("/stats?keys=1" if per_key else "/stats"))

    def requests(self, operation: str) -> dict:
        """{requests, keys, max_per_key, max_key} of one operation; LIST is a listing, GET an object's."""
        return self.stats()["operations"].get(operation, {"requests": 0, "keys": 0, "max_per_key": 0, "max_key": ""})

    def reset(self) -> None:
        """All counts are zero, and the faults start again."""
        self._call("/reset", "")

    def set_faults(self, faults: list[dict], seed: int | None = None) -> None:
        """Replaces them. ValueError, with the entry's place, where one is not understood."""
        if seed is not None:
            self._call("/seed", str(seed))
        self._call("/faults", json.dumps(faults))

    def set_latency(self, latency_ms: float) -> None:
        self._call("/latency", f"{latency_ms}ms")

    def cpu_seconds(self) -> float:
        """What the process has used so far."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system
