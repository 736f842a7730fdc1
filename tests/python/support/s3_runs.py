"""Runs of the command against S3 servers, and what scenario tests read of their results.

    run = S3Runs(fruits, proxy)
    done = run("run", "s3://fruits/few", "-o", "s3://fruits-out/one", *SMALL)
    assert done.returncode == 0 and run.csv("s3://fruits-out/one") == expected
"""

import csv
import dataclasses
import hashlib
import io
import json
import pathlib
import subprocess
import time
import urllib.parse
from collections.abc import Callable

from support.chain import Command
from support.s3_server import Endpoint

# A network on 32 x 32 pixels computes thousands of photos a second: what is tested is all that lies around it.
SMALL = ("--input-size", "32", "--no-thumbnails", "--components", "5", "--progress", "none")
PART_ROWS = 512
MOST_LOST = 2 * PART_ROWS  # rows by a kill: one part is gathered while the one before it is written
DEADLINE = 150  # a run that takes longer than the client's own limit of 120 s hangs


def wait_until(holds: Callable[[], object], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.005)


@dataclasses.dataclass
class S3Runs:
    """The command with an endpoint's environment, and `settings` over it."""

    fruits: Command
    endpoint: Endpoint
    settings: dict[str, str] = dataclasses.field(default_factory=dict)

    def start(self, *arguments, **options) -> subprocess.Popen:
        env = {**self.endpoint.environment(self.fruits.env), **self.settings}
        return dataclasses.replace(self.fruits, env=env).start(*arguments, **options)

    def finish(self, process: subprocess.Popen) -> subprocess.CompletedProcess:
        try:
            out, err = process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise AssertionError(f"no end after {DEADLINE} s: {process.args}\n{process.communicate()[1]}") from None
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def __call__(self, *arguments, exit_code: int | None = 0, **options) -> subprocess.CompletedProcess:
        """Runs it to its end; `exit_code` None takes any."""
        done = self.finish(self.start(*arguments, **options))
        if exit_code is not None:
            assert done.returncode == exit_code, f"exit code {done.returncode}, expected {exit_code}:\n{done.stderr}"
        return done

    def status(self, folder) -> str:
        """Its line, whatever the exit code."""
        done = self("status", folder, exit_code=None)
        return done.stdout or done.stderr

    def read(self, folder, name: str) -> bytes:
        """A file of a results folder, local or in a bucket."""
        if isinstance(folder, pathlib.Path):
            return (folder / name).read_bytes()
        bucket, _, prefix = str(folder).removeprefix("s3://").partition("/")
        return self.endpoint.read(bucket, f"{prefix}/{name}")

    def csv(self, folder) -> bytes:
        return self.read(folder, "pca_result.csv")

    def rows(self, folder, name: str = "pca_result.csv") -> list[dict]:
        return list(csv.DictReader(io.StringIO(self.read(folder, name).decode(), newline="")))

    def record(self, folder) -> dict:
        return json.loads(self.read(folder, "run.json"))

    def counts(self, folder) -> dict:
        return self.record(folder)["counts"]

    def assert_whole(self, folder) -> None:
        """run.json agrees with every file it names."""
        for name, file in self.record(folder)["files"].items():
            data = self.read(folder, name)
            assert (len(data), hashlib.sha256(data).hexdigest()) == (file["size_bytes"], file["sha256"]), name


def scores(rows: list[dict]) -> list[tuple[str, str]]:
    """What does not depend on where the photos lie, in order."""
    return [(row["label"], row["features_pca"]) for row in rows]


def path_of(bucket: str, key: str) -> str:
    """How results name an object whose key is valid UTF-8: '%' and control characters are written otherwise."""
    return f"s3://{bucket}/" + "".join(f"%{ord(c):02X}" if c < " " or c in "%\x7f" else c for c in key)


def gets_by_key(stats: dict, prefix: str) -> dict[str, int]:
    """How often each key below /bucket/prefix was asked for, by the proxy's stats(per_key=True)."""
    per_key = stats["operations"].get("GET", {}).get("per_key", {})
    return {urllib.parse.unquote(key): count for key, count in per_key.items() if key.startswith(prefix)}


def retouched(jpeg: bytes, number: int) -> bytes:
    """The same picture in other bytes: a comment after the start marker."""
    comment = b"copy %d" % number
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]
