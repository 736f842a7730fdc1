"""The command `models pull`, against a server on this machine."""

import hashlib

import pytest
from fruits.models import download, known, pull
from models.made_weights import made_lite_state, write_torch_zip
from models.running import read_bundle, run_cli
from models.web_server import Site, serving


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "lite.pth"
    write_torch_zip(path, made_lite_state("efficientnet-lite0"))
    return path.read_bytes()


@pytest.fixture
def site(weights):
    with serving(Site(weights)) as running:
        yield running


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def test_any_model_by_address_and_hash(site, weights, store, capsys):
    site.break_after = [1_000_000]
    code, out, err = run_cli(
        capsys, "models", "pull", "mine", "--url", site.url("lite.pth"), "--sha256", sha256(weights).upper(),
        "--models", store, "--licence", "MIT",
    )  # fmt: skip
    assert (code, out) == (0, f"{store / 'mine'}\n"), err
    assert len(site.requests) == 2
    bundle = read_bundle(store / "mine")
    assert bundle["source"] == f"{site.url('lite.pth')}, sha256 {sha256(weights)}" and bundle["licence"] == "MIT"
    assert list((store / ".incoming").iterdir()) == []


def test_a_known_model_needs_no_more_than_its_name(site, weights, store, capsys, monkeypatch):
    entry = known.Known(site.url("x.pth"), "x.pth", "theirs", md5=hashlib.md5(weights).hexdigest())
    monkeypatch.setitem(known.KNOWN, "made", entry)
    assert run_cli(capsys, "models", "pull", "made", "--models", store)[0] == 0
    assert read_bundle(store / "made")["licence"] == "theirs"


def test_a_mirror_must_have_the_known_hash(site, store, capsys):
    code, out, err = run_cli(capsys, "models", "pull", "resnet50", "--url", site.url("any"), "--models", store)
    assert (code, out) == (1, "")
    assert "expected 2cb95161c43110f7111970584f804107: the download is thrown away" in err
    assert not (store / "resnet50").exists()


def test_a_hash_known_in_part_must_be_given_whole(site, store, capsys):
    code, _, err = run_cli(capsys, "models", "pull", "resnet50-torchvision", "--models", store)
    assert code == 2 and "--sha256 is missing" in err and "11ad3fa6" in err
    code, _, err = run_cli(capsys, "models", "pull", "resnet50-torchvision", "--sha256", "0" * 64, "--models", store)
    assert code == 2 and "has one that begins with 11ad3fa6" in err
    assert site.requests == []


@pytest.mark.parametrize(
    "arguments, code, message",
    [
        (["--url", "{url}"], 2, "--sha256 is missing: 'mine' is no known model"),
        (["--url", "{url}", "--sha256", "12"], 2, "argument --sha256: '12', expected 64 hex digits"),
        (["--url", "file:///x.pth", "--sha256", "{sha}"], 2, "--url file:///x.pth: expected an http or https address"),
        (["--url", "{url}?a=b.gz", "--sha256", "{other}"], 1, "the download is thrown away"),
        (["--url", "{folder}", "--sha256", "{sha}"], 2, "expected an address that ends in a file name"),
    ],
)
def test_what_is_refused(site, weights, store, capsys, arguments, code, message):
    values = {"url": site.url("lite.pth"), "folder": site.url("folder/"), "sha": sha256(weights), "other": sha256(b"")}
    found, out, err = run_cli(
        capsys, "models", "pull", "mine", "--models", store, *(a.format(**values) for a in arguments)
    )
    assert (found, out) == (code, ""), err
    assert message in err and not (store / "mine").exists()


def test_not_found(site, weights, store, capsys):
    site.status = 404
    command = ["models", "pull", "mine", "--url", site.url("lite.pth"), "--sha256", sha256(weights), "--models", store]
    code, out, err = run_cli(capsys, *command)
    assert (code, out) == (1, "") and "answered 404 Not Found" in err
    assert not (store / "mine").exists()
    site.status = 200
    assert run_cli(capsys, *command)[0] == 0


def test_an_existing_bundle_is_not_fetched_again(site, weights, store, capsys):
    command = ["models", "pull", "mine", "--url", site.url("lite.pth"), "--sha256", sha256(weights), "--models", store]
    assert run_cli(capsys, *command)[0] == 0
    code, _, err = run_cli(capsys, *command)
    assert code == 1 and "exists: give --overwrite" in err
    assert len(site.requests) == 1
    assert run_cli(capsys, *command, "--overwrite")[0] == 0


def test_an_import_that_fails_keeps_the_download(site, weights, store, capsys):
    command = ["models", "pull", "mine", "--url", site.url("lite.pth"), "--sha256", sha256(weights), "--models", store]
    code, _, err = run_cli(capsys, *command, "--arch", "resnet50-v1.5")
    assert code == 1 and "resnet50-v1.5 needs it" in err
    assert run_cli(capsys, *command)[0] == 0
    assert len(site.requests) == 1


def test_every_known_model_has_a_check():
    for name, entry in known.KNOWN.items():
        assert bool(entry.md5) != bool(entry.sha256_prefix), name
        assert entry.url.startswith("https://") and entry.url.endswith(entry.file_name)
        assert pull._file_name(entry.url, None) == entry.file_name
