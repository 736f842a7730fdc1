"""Servers behind TLS: nothing is said to one whose certificate does not hold, whatever is wrong with it."""

import time

import pytest

from support.certificates import Authority
from support.s3_runs import SMALL, S3Runs
from support.tls_front import TlsFront

FEW = "s3://fruits/few"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder):
    return Authority(folder, "trusted")


@pytest.fixture(scope="module")
def stranger(folder):
    return Authority(folder, "stranger")


def _trusting(file) -> dict[str, str]:
    return {"AWS_CA_BUNDLE": str(file)}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_the_authority_of_aws_ca_bundle_is_trusted(fruits, server, authority, out, few_csv, host):
    with TlsFront(server, *authority.issue(host, "IP:127.0.0.1,DNS:localhost"), host=host) as front:
        run = S3Runs(fruits, front, _trusting(authority.file))
        run("run", FEW, "-o", out, *SMALL)
        done = run("doctor", "--input", FEW, "--output", f"{out}-doctor")
        assert front.url in done.stdout
        assert front.accepted > 0
    assert S3Runs(fruits, server).csv(out) == few_csv


def test_the_authority_of_a_profile_is_trusted(fruits, server, authority, out, few_csv, tmp_path):
    (tmp_path / "config").write_text(f"[profile private]\nca_bundle = {authority.file}\n")
    with TlsFront(server, *authority.issue("profile", "IP:127.0.0.1")) as front:
        run = S3Runs(fruits, front, {"AWS_CONFIG_FILE": str(tmp_path / "config"), "AWS_PROFILE": "private"})
        run("run", FEW, "-o", out, *SMALL)
    assert S3Runs(fruits, server).csv(out) == few_csv


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("the system's authorities alone", "unable to get local issuer certificate"),
        ("another authority", "unable to get local issuer certificate"),
        ("another host", "no alternative certificate subject name matches target host name '127.0.0.1'"),
        ("expired", "certificate has expired"),
        ("no such file", "AWS_CA_BUNDLE"),
    ],
)
def test_a_certificate_that_does_not_hold_ends_the_run_at_once(fruits, server, authority, stranger, out, wrong, words):
    name = wrong.replace(" ", "-").replace("'", "")
    issued = authority.issue(
        name,
        "DNS:elsewhere.example,IP:127.0.0.2" if wrong == "another host" else "IP:127.0.0.1",
        days=-1 if wrong == "expired" else 2,
    )
    trusted = {
        "the system's authorities alone": {},
        "another authority": _trusting(stranger.file),
        "no such file": _trusting(authority.folder / "nowhere.pem"),
    }.get(wrong, _trusting(authority.file))
    with TlsFront(server, *issued) as front:
        run = S3Runs(fruits, front, trusted)
        for command in (["run", FEW, "-o", out, *SMALL], ["doctor", "--input", FEW]):
            started = time.monotonic()
            done = run(*command, exit_code=1)
            assert time.monotonic() - started < 30  # no try helps
            said = done.stderr + done.stdout
            assert "s3://fruits" in said and words in said and "check AWS_ENDPOINT_URL and AWS_CA_BUNDLE" in said
        assert front.accepted == 0  # no request, and so no signature
        assert front.tried > 0 or wrong == "no such file"
