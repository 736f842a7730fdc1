"""Downloads one file over HTTP: checked, resumable, and never half there under its own name.

    download(url, folder / "weights.h5", Digests(md5="2cb9..."), notify)

The bytes gather in <name>.part; beside it <name>.part.json keeps the server's validator (ETag or Last-Modified), so
that a later call asks only for the rest, and only if the file is still the same (RFC 9110, If-Range). The rename to
the final name comes after length and hash are right. Memory: one block.
"""

import dataclasses
import fcntl
import http.client
import json
import os
import re
import time
import urllib.error
import urllib.parse
import urllib.request

from fruits.models.bundle import file_digest
from fruits.models.errors import ModelError, UsageError

BLOCK = 1 << 20
MAX_BYTES = 8 << 30
TIMEOUT_SECONDS = 30
ATTEMPTS = 3
PAUSE_SECONDS = 1.0  # before the second attempt; doubled before each further one


@dataclasses.dataclass(frozen=True)
class Digests:
    """What the file must have; empty: not asked for. One at least must be set."""

    sha256: str = ""
    md5: str = ""


class _Broken(Exception):
    """The transfer ended early; what arrived is kept."""


def check_url(url):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"--url {url}: expected an http or https address")


def download(url, target, digests, notify):
    """`target` is there and right afterwards. ModelError: the server's answer, the transfer or the hash."""
    assert digests.sha256 or digests.md5
    check_url(url)
    if target.exists() and not _wrong_digest(target, digests):
        return
    part = target.with_name(target.name + ".part")
    with open(part, "ab") as file:
        _lock(file, part)
        try:
            _fetch_all(url, file, part, notify)
            file.flush()
            os.fsync(file.fileno())
            _check_digests(url, part, digests)
            os.rename(part, target)
            _note_path(part).unlink(missing_ok=True)
        except ModelError:
            if part.exists() and not part.stat().st_size:
                _forget(part)
            raise


def _lock(file, part):
    """One download at a time; a part that was renamed or removed in between is no longer ours to write to."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        same = os.path.samestat(os.fstat(file.fileno()), os.stat(part))
    except (BlockingIOError, FileNotFoundError):
        same = False
    if not same:
        raise ModelError(f"{part}: another download of it is running, wait for it")


def _forget(part):
    part.unlink(missing_ok=True)
    _note_path(part).unlink(missing_ok=True)


def _fetch_all(url, file, part, notify):
    """Until the whole file is there, at most ATTEMPTS times."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        try:
            return _fetch(url, file, part, notify)
        except _Broken as error:
            notify(f"{url}: {error}")
            last = error
    raise ModelError(f"{url}: {last}; gave up after {ATTEMPTS} attempts, the same command goes on from there")


def _fetch(url, file, part, notify):
    """One request for what is missing."""
    validator = _saved_validator(url, part)
    if not validator:
        file.truncate(0)
    offset = os.fstat(file.fileno()).st_size
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "fruits"})
    if offset:
        request.add_header("Range", f"bytes={offset}-")
        request.add_header("If-Range", validator)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            _receive(url, response, file, part, offset, notify)
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the part is longer than the file: start again
            file.truncate(0)
            raise _Broken("the server has no more bytes than the part already here") from error
        if error.code >= 500 or error.code == 429:
            raise _Broken(f"the server answered {error.code} {error.reason}") from error
        raise ModelError(f"{url}: the server answered {error.code} {error.reason}, expected the file") from error
    except urllib.error.URLError as error:
        raise _Broken(f"no connection: {error.reason}") from error
    except (http.client.HTTPException, TimeoutError, ConnectionError) as error:
        raise _Broken(f"the connection broke: {error or type(error).__name__}") from error


def _receive(url, response, file, part, offset, notify):
    start = _start_of(response, offset)
    if start != offset:
        file.truncate(0)
    length = response.headers.get("Content-Length")
    if length is not None and not length.isdecimal():
        raise ModelError(f"{url}: the server says Content-Length '{length}', expected a number")
    total = start + int(length) if length is not None else None
    if (total or 0) > MAX_BYTES:
        raise ModelError(f"{url}: {total} bytes, expected at most {MAX_BYTES}")
    _save_validator(url, response, part)
    done = start
    tenth = 10 * done // total if total else 0
    while block := response.read1(BLOCK):
        file.write(block)
        file.flush()
        done += len(block)
        if done > MAX_BYTES:
            raise ModelError(f"{url}: more than {MAX_BYTES} bytes")
        if total and 10 * done // total > tenth:
            tenth = 10 * done // total
            notify(f"{done >> 20} of {total >> 20} MiB ({10 * tenth} %)")
    if total is not None and done != total:
        raise _Broken(f"the transfer ended after {done} of {total} bytes")


def _start_of(response, offset):
    """Where the body begins: `offset` where the server took the range, else 0."""
    if response.status != 206:
        return 0
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
    if not found or int(found[1]) != offset:
        # The rest would land in the wrong place.
        raise _Broken(f"the server sent the range '{response.headers.get('Content-Range')}', expected it from {offset}")
    return offset


def _note_path(part):
    return part.with_name(part.name + ".json")


def _save_validator(url, response, part):
    etag = response.headers.get("ETag", "")
    # A weak ETag does not promise equal bytes, so it cannot join two transfers.
    validator = etag if etag.startswith('"') else response.headers.get("Last-Modified", "")
    _note_path(part).write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")


def _saved_validator(url, part):
    """Empty where the part must not be continued: another address, no validator, no note."""
    try:
        note = json.loads(_note_path(part).read_text(encoding="utf-8"))
        return str(note["validator"]) if note["url"] == url else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _wrong_digest(path, digests):
    """What is wrong with it, or ""."""
    for algorithm, wanted in (("sha256", digests.sha256), ("md5", digests.md5)):
        found = file_digest(path, algorithm) if wanted else ""
        if found != wanted.lower():
            return f"{algorithm} is {found}, expected {wanted.lower()}"
    return ""


def _check_digests(url, part, digests):
    wrong = _wrong_digest(part, digests)
    if wrong:
        _forget(part)
        raise ModelError(f"{url}: {wrong}: the download is thrown away")
