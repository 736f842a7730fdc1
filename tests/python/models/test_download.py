"""Downloads that go wrong: nothing wrong or half ever has the final name."""

import fcntl
import hashlib

import pytest
from fruits.models import download as module
from fruits.models.download import Digests, download
from fruits.models.errors import ModelError, UsageError
from models.web_server import Site, serving

CONTENT = bytes(range(256)) * 5000


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(module, "TIMEOUT_SECONDS", 5)
    monkeypatch.setattr(module, "BLOCK", 1 << 16)


@pytest.fixture
def site():
    with serving(Site(CONTENT)) as running:
        yield running


def digests(content=CONTENT):
    return Digests(sha256=hashlib.sha256(content).hexdigest())


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def get(site, folder, wanted=None, notes=None):
    download(site.url(), folder / "w.npz", wanted or digests(), (notes if notes is not None else []).append)


def test_whole_at_once(site, tmp_path):
    notes = []
    get(site, tmp_path, notes=notes)
    assert (tmp_path / "w.npz").read_bytes() == CONTENT
    assert names(tmp_path) == ["w.npz"]
    assert site.requests == [(None, None)]
    assert notes[-1] == "1 of 1 MiB (100 %)"


def test_a_file_already_there_is_checked_not_fetched(site, tmp_path):
    (tmp_path / "w.npz").write_bytes(CONTENT)
    get(site, tmp_path)
    assert site.requests == []
    (tmp_path / "w.npz").write_bytes(b"old")
    get(site, tmp_path)
    assert (tmp_path / "w.npz").read_bytes() == CONTENT


def test_a_broken_transfer_goes_on_where_it_broke(site, tmp_path):
    site.break_after = [300_000, 200_000]
    notes = []
    get(site, tmp_path, notes=notes)
    assert (tmp_path / "w.npz").read_bytes() == CONTENT
    assert site.requests == [(None, None), ("bytes=300000-", '"one"'), ("bytes=500000-", '"one"')]
    assert any("ended after 300000 of 1280000 bytes" in note for note in notes)


def test_a_later_call_goes_on_too(site, tmp_path):
    site.break_after = [100_000] * module.ATTEMPTS
    with pytest.raises(ModelError, match="ended after 300000 of 1280000 bytes; gave up after 3 attempts"):
        get(site, tmp_path)
    assert names(tmp_path) == ["w.npz.part", "w.npz.part.json"]
    site.requests.clear()
    get(site, tmp_path)
    assert site.requests == [("bytes=300000-", '"one"')]
    assert (tmp_path / "w.npz").read_bytes() == CONTENT


def test_a_file_that_changed_in_between_is_fetched_anew(site, tmp_path):
    site.break_after = [100_000] * module.ATTEMPTS
    with pytest.raises(ModelError):
        get(site, tmp_path)
    site.content, site.etag = CONTENT[::-1], '"two"'
    site.requests.clear()
    get(site, tmp_path, digests(site.content))
    assert site.requests == [("bytes=300000-", '"one"')]
    assert (tmp_path / "w.npz").read_bytes() == CONTENT[::-1]


def test_another_address_is_not_joined_to_the_old_part(site, tmp_path):
    site.break_after = [100_000] * module.ATTEMPTS
    with pytest.raises(ModelError):
        get(site, tmp_path)
    site.requests.clear()
    download(site.url("other.npz"), tmp_path / "w.npz", digests(), lambda note: None)
    assert site.requests == [(None, None)]


def test_a_server_without_range(site, tmp_path):
    site.ranges = False
    site.break_after = [300_000]
    get(site, tmp_path)
    assert (tmp_path / "w.npz").read_bytes() == CONTENT
    assert len(site.requests) == 2


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_strong_validator_nothing_is_joined(site, tmp_path, etag):
    site.etag = etag
    site.break_after = [300_000]
    get(site, tmp_path)
    assert site.requests == [(None, None), (None, None)]
    assert (tmp_path / "w.npz").read_bytes() == CONTENT


def test_a_range_from_the_wrong_place_is_not_taken(site, tmp_path):
    site.break_after = [300_000]
    site.shift = 10
    with pytest.raises(ModelError, match="expected it from 300000"):
        get(site, tmp_path)
    assert "w.npz" not in names(tmp_path)


def test_a_part_longer_than_the_file(site, tmp_path):
    site.break_after = [300_000] * module.ATTEMPTS
    with pytest.raises(ModelError):
        get(site, tmp_path)
    site.content = CONTENT[:1000]
    get(site, tmp_path, digests(site.content))
    assert (tmp_path / "w.npz").read_bytes() == site.content


@pytest.mark.parametrize("algorithm", ["sha256", "md5"])
def test_a_wrong_hash_throws_the_download_away(site, tmp_path, algorithm):
    wrong = hashlib.new(algorithm, b"other").hexdigest()
    found = hashlib.new(algorithm, CONTENT).hexdigest()
    with pytest.raises(ModelError, match=f"{algorithm} is {found}, expected {wrong}: the download is thrown away"):
        get(site, tmp_path, Digests(**{algorithm: wrong}))
    assert names(tmp_path) == []


def test_a_length_too_large(site, tmp_path):
    site.claimed_length = len(CONTENT) + 5
    with pytest.raises(ModelError, match="ended after 1280000 of 1280005 bytes"):
        get(site, tmp_path)
    assert "w.npz" not in names(tmp_path)


def test_a_length_too_small(site, tmp_path):
    site.claimed_length = len(CONTENT) - 5
    with pytest.raises(ModelError, match="sha256 is"):
        get(site, tmp_path)
    assert names(tmp_path) == []


@pytest.mark.parametrize("length", ["-1", "many"])
def test_a_length_that_is_no_number(site, tmp_path, length):
    site.claimed_length = length
    with pytest.raises(ModelError, match="Content-Length|broke|ended|sha256"):
        get(site, tmp_path)
    assert "w.npz" not in names(tmp_path)


def test_a_length_beyond_the_limit(site, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 1000)
    with pytest.raises(ModelError, match="1280000 bytes, expected at most 1000"):
        get(site, tmp_path)
    site.chunked = True
    with pytest.raises(ModelError, match="more than 1000 bytes"):
        get(site, tmp_path)


def test_chunks_whole_and_broken(site, tmp_path):
    site.chunked = True
    site.break_after = [50_000]
    get(site, tmp_path)
    assert (tmp_path / "w.npz").read_bytes() == CONTENT


@pytest.mark.parametrize("status, tries", [(404, 1), (403, 1), (503, module.ATTEMPTS), (429, module.ATTEMPTS)])
def test_a_refusal(site, tmp_path, status, tries):
    site.status = status
    with pytest.raises(ModelError, match=f"{status}"):
        get(site, tmp_path)
    assert len(site.requests) == tries
    assert names(tmp_path) == []


def test_nobody_listens(site, tmp_path):
    url = f"http://127.0.0.1:{site.port}/x"
    with serving(Site(b"")) as gone:
        url = gone.url()
    with pytest.raises(ModelError, match="no connection"):
        download(url, tmp_path / "w.npz", digests(), lambda note: None)


def test_two_downloads_of_one_file(site, tmp_path):
    with open(tmp_path / "w.npz.part", "ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(ModelError, match="another download of it is running"):
            get(site, tmp_path)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "weights.h5", "http://"])
def test_other_addresses(tmp_path, url):
    with pytest.raises(UsageError, match="expected an http or https address"):
        download(url, tmp_path / "w", digests(), print)
