"""Real S3 servers on 127.0.0.1 for the tests: versitygw, and MinIO where the meaning of keys matters.

    with VersityGw(tmp_path) as server:
        server.make_bucket("fruits")
        server.upload_tree(photos, "fruits", "train")
        subprocess.run([fruits, "run", "s3://fruits/train", ...], env=server.environment())

What they do otherwise than S3: versitygw keeps keys as files, so `a` and `a/b` cannot both exist, `a//b` is `a/b`, and a part
of a key has at most 255 bytes; MinIO refuses keys with `//` and parts of more than 255 bytes, and leaves `a/b` out of listings
where there is `a`.
"""

import contextlib
import hashlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping

import boto3
import botocore.config
import botocore.exceptions

from support import go_tool

VERSITYGW = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"
START_SECONDS = 60  # a cold disk and a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Endpoint:
    """Where S3 is spoken and with which key; a server, or a proxy before one."""

    access_key = "fruits-test"
    secret_key = "fruits-test-secret"
    region = "us-east-1"
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """`base`, by default this process's environment, with this endpoint's settings and none other of AWS."""
        base = os.environ if base is None else base
        return {
            **{name: value for name, value in base.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            # The user's own files must not have a say.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def client(self, retries: int = 0, timeout: float = 20):
        """A boto3 client: path style, and by default no retries, so that a test sees what the server said."""
        config = botocore.config.Config(
            retries={"total_max_attempts": retries + 1},
            connect_timeout=timeout,
            read_timeout=timeout,
            max_pool_connections=32,
            signature_version="s3v4",
            proxies={},
            s3={"addressing_style": "path"},
            # Plain bodies: the trailing checksums of newer clients are not what is tested.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=config,
        )

    def _own_client(self):
        """One for the helpers below: making one takes a tenth of a second."""
        kept = getattr(self, "_kept", None)
        if kept is None or kept[0] != self.url:
            kept = self._kept = (self.url, self.client())
        return kept[1]

    def make_bucket(self, bucket: str) -> None:
        self._own_client().create_bucket(Bucket=bucket)

    def put(self, bucket: str, key: str, data: bytes) -> str:
        """The ETag."""
        return self._own_client().put_object(Bucket=bucket, Key=key, Body=data)["ETag"]

    def read(self, bucket: str, key: str) -> bytes:
        return self._own_client().get_object(Bucket=bucket, Key=key)["Body"].read()

    def list_keys(self, bucket: str, prefix: str = "") -> list[str]:
        pages = self._own_client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [entry["Key"] for page in pages for entry in page.get("Contents", [])]

    def upload_tree(self, folder: pathlib.Path, bucket: str, prefix: str = "") -> int:
        """Puts every file below the folder, but hidden ones, as prefix/relative path; their number."""
        client = self._own_client()
        files = _files(folder)
        for file in files:
            client.put_object(Bucket=bucket, Key=_key(prefix, file.relative_to(folder)), Body=file.read_bytes())
        return len(files)


def _files(folder: pathlib.Path) -> list[pathlib.Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("."))


def _key(prefix: str, path: pathlib.PurePath) -> str:
    return "/".join(filter(None, [prefix.strip("/"), path.as_posix()]))


class Server(Endpoint):
    """A server process over a folder; a context manager. Its port stays the same when it is started again."""

    name: str
    source: str

    def __init__(self, folder: pathlib.Path):
        self.data = pathlib.Path(folder) / f"{self.name}-data"
        self.log = pathlib.Path(folder) / f"{self.name}.log"
        self.data.mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def server_environment(self) -> dict[str, str]:
        raise NotImplementedError

    def __enter__(self):
        for attempts_left in (2, 1, 0):  # another process may take the port in between
            self.port = free_port()
            try:
                self.start()
                return self
            except ChildProcessError:
                if attempts_left == 0:
                    raise

    def __exit__(self, *_):
        self.stop()

    def start(self) -> None:
        """Starts it; returns once it answers a signed request, as a new server may refuse the first ones.

        Raises ChildProcessError, with its log, if it ends, and TimeoutError.
        """
        assert self.process is None, f"{self.name} runs already"
        binary = go_tool.build(self.source, self.name)
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(binary), *self.command()],
                env={**os.environ, **self.server_environment()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the test first, which then stops it
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def probe(self) -> None:
        """Raises while the server does not answer."""
        self._own_client().list_buckets()

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            if self.process.poll() is not None:
                raise ChildProcessError(f"{self.name} ended with {self.process.returncode}: {self._log_end()}")
            try:
                self.probe()
                return
            except (OSError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
                if time.monotonic() > deadline:
                    message = f"{self.name} gives no answer after {START_SECONDS} s: {error}\n{self._log_end()}"
                    raise TimeoutError(message) from error
            time.sleep(0.02)

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

    @property
    def pid(self) -> int:
        return self.process.pid

    def pause(self) -> None:
        """It takes connections (the kernel does) but answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, also while paused; connections are reset and new ones refused."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self) -> None:
        """After a kill, or in place of one: the same folder and port."""
        self.kill()
        self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.resume()
            self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            pass
        self.kill()


class VersityGw(Server):
    """versitygw over plain files: bucket b's key k is data/b/k."""

    name = "versitygw"
    source = VERSITYGW

    def command(self) -> list[str]:
        address = f"127.0.0.1:{self.port}"
        return ["--port", address, "--region", self.region, "--quiet", "--keep-alive", "posix", str(self.data)]

    def server_environment(self) -> dict[str, str]:
        return {"ROOT_ACCESS_KEY": self.access_key, "ROOT_SECRET_KEY": self.secret_key}

    def upload_tree(self, folder: pathlib.Path, bucket: str, prefix: str = "") -> int:
        """As Endpoint's, by copies: 20,000 files take seconds. The ETag is the one that a PUT would leave."""
        files = _files(folder)
        for file in files:
            target = self.data / bucket / _key(prefix, file.relative_to(folder))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
            os.setxattr(target, "user.etag", f'"{hashlib.md5(file.read_bytes()).hexdigest()}"'.encode())
        return len(files)


class Minio(Server):
    """MinIO on one drive."""

    name = "minio"
    source = MINIO

    def command(self) -> list[str]:
        return ["server", str(self.data), "--address", f"127.0.0.1:{self.port}", "--quiet"]

    def server_environment(self) -> dict[str, str]:
        return {
            "MINIO_ROOT_USER": self.access_key,
            "MINIO_ROOT_PASSWORD": self.secret_key,
            "MINIO_REGION_NAME": self.region,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }
