"""Temporary credentials of a machine's or a container's role: found, used with their token, and renewed in the run."""

import time

import boto3
import pytest

from support.certificates import Authority
from support.role_server import Keys, RoleServer
from support.s3_proxy import S3Proxy
from support.s3_runs import SMALL, S3Runs, wait_until
from support.s3_server import Minio
from support.tls_front import TlsFront

FEW = "s3://fruits/few"
SOURCES = ["instance", "container"]


@pytest.fixture(scope="module")
def minio(few_photos, tmp_path_factory):
    """MinIO gives real temporary credentials; versitygw has none with a token."""
    with Minio(tmp_path_factory.mktemp("minio-roles")) as server:
        for bucket in ("fruits", "fruits-out"):
            server.make_bucket(bucket)
        server.upload_tree(few_photos, "fruits", "few")
        yield server


@pytest.fixture
def front(minio):
    with S3Proxy(minio) as proxy:
        yield proxy


def _temporary(minio, lasts_seconds: float = 3600) -> Keys:
    client = boto3.client(
        "sts",
        endpoint_url=minio.url,
        region_name=minio.region,
        aws_access_key_id=minio.access_key,
        aws_secret_access_key=minio.secret_key,
    )
    given = client.assume_role(RoleArn="arn:xxx:xxx:xxx:xxxx", RoleSessionName="fruits")["Credentials"]
    return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], lasts_seconds)


class RoleRuns(S3Runs):
    """The command without keys of its own."""

    def start(self, *arguments, **options):
        self.settings.update({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
        return super().start(*arguments, **options)


def _run(fruits, front, roles, source: str) -> RoleRuns:
    return RoleRuns(fruits, front, getattr(roles, source)())


def _expired(keys: Keys) -> list[dict]:
    return [{"kind": "expired", "match": {"access_key": keys.access_key}}]


def _hold(seconds: float, times: int) -> dict:
    """One photo whose answer is held, again and again, so that the run lasts."""
    return {"kind": "timeout", "seconds": seconds, "first": times, "match": {"method": "GET", "key": "/few/Banana/0_"}}


@pytest.mark.parametrize("source", SOURCES)
def test_a_role_is_found_and_asked_once(fruits, minio, front, out, few_csv, source):
    with RoleServer([_temporary(minio)]) as roles:
        run = _run(fruits, front, roles, source)
        done = run("run", FEW, "-o", out, *SMALL)
        assert 1 <= roles.fetches <= 2  # not for each of a hundred requests
        assert (roles.tokens > 0) == (source == "instance")
        for keys in roles.keys:
            assert not any(word in done.stderr + done.stdout for word in (keys.secret_key, keys.session_token))
    assert run.csv(out) == few_csv


@pytest.mark.parametrize("source", SOURCES)
def test_keys_that_expire_in_the_run_are_renewed(fruits, minio, front, out, few_csv, source):
    old, new = _temporary(minio), _temporary(minio)
    with RoleServer([old]) as roles:
        front.set_faults([_hold(2, 1)])
        run = _run(fruits, front, roles, source)
        process = run.start("run", FEW, "-o", out, *SMALL)
        wait_until(lambda: front.requests("GET")["requests"] >= 20, "photos to be read")
        before = roles.fetches
        roles.keys = [new]
        front.set_faults(_expired(old))
        done = run.finish(process)
        assert done.returncode == 0, done.stderr
        assert front.stats()["faults"]["expired"] >= 1
        assert 1 <= roles.fetches - before <= 4
    front.set_faults([])
    assert run.csv(out) == few_csv and run.counts(out)["rejected"] == 0


def test_keys_that_expire_and_are_not_renewed_end_the_run_which_can_go_on(fruits, minio, front, out, few_csv):
    old = _temporary(minio)
    with RoleServer([old]) as roles:
        front.set_faults(_expired(old))
        run = _run(fruits, front, roles, "instance")
        started = time.monotonic()
        done = run("run", FEW, "-o", out, *SMALL, exit_code=1)
        assert "the credentials have expired" in done.stderr and "s3://fruits" in done.stderr
        assert old.secret_key not in done.stderr and time.monotonic() - started < 30
        front.set_faults([])
        run("run", FEW, "-o", out, *SMALL)
    assert run.csv(out) == few_csv


@pytest.mark.slow
def test_keys_are_renewed_before_the_server_refuses_the_old_ones(fruits, minio, front, out, few_csv):
    """They are looked at each minute, and those that end by then are fetched anew."""
    old, new = _temporary(minio, lasts_seconds=40), _temporary(minio)
    with RoleServer([old]) as roles:
        front.set_faults([_hold(14, 6)])
        run = _run(fruits, front, roles, "instance")
        process = run.start("run", FEW, "-o", out, *SMALL)
        wait_until(lambda: front.requests("GET")["requests"] >= 20, "photos to be read")
        roles.keys = [new]
        time.sleep(78)
        front.set_faults(_expired(old))
        done = run.finish(process)
        assert done.returncode == 0, done.stderr
        assert front.stats()["faults"].get("expired", 0) == 0
        assert roles.fetches >= 2
    front.set_faults([])
    assert run.csv(out) == few_csv


def test_a_role_server_behind_a_wrong_certificate_is_told_nothing(fruits, minio, front, tmp_path):
    """The token of a container goes to nobody who cannot prove who it is."""
    authority = Authority(tmp_path, "stranger")
    with TlsFront(minio, *authority.issue("container", "IP:127.0.0.1")) as false:
        settings = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{false.url}/container", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "t"}
        done = RoleRuns(fruits, front, settings)("doctor", "--input", FEW, exit_code=1)
        assert false.tried > 0 and false.accepted == 0
        assert "anonymous: no credentials were found" in done.stdout
