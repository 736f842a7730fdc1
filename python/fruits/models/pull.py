"""Download, check, import: what `fruits models pull` does."""

import dataclasses
import pathlib
import shutil
import urllib.parse

from fruits.models import importer, store
from fruits.models.download import Digests, check_url, download
from fruits.models.errors import ModelError, UsageError
from fruits.models.known import KNOWN


def pull_model(request, url, sha256, notify):
    """Returns the bundle's folder. `request` as for import_model, without a path; `url` "" means the known one."""
    store.check_name(request.name)
    known = KNOWN.get(request.name)
    digests = _digests(request.name, known, sha256)
    if url:
        check_url(url)
    else:
        url = known.url
    store.check_free(request.store, request.name, request.overwrite)
    file_name = _file_name(url, known)
    # Its own folder, so that two models with files of one name do not meet.
    folder = store.incoming(request.store) / f"{request.name}.pull"
    target = folder / file_name
    try:
        folder.mkdir(exist_ok=True)
        download(url, target, digests, notify)
    except OSError as error:
        raise ModelError(f"{target}: {error.strerror or error}") from error
    bundle = importer.import_model(
        dataclasses.replace(
            request,
            path=target,
            source=request.source or url,
            licence=request.licence or (known.licence if known else ""),
        ),
        notify,
    )
    shutil.rmtree(folder, ignore_errors=True)  # kept after an error: the import can be tried again
    return bundle


def _digests(name, known, sha256):
    """What the file will be checked against; no download without."""
    if known is None:
        if not sha256:
            raise UsageError(f"--sha256 is missing: '{name}' is no known model, so the file's hash must be given")
        return Digests(sha256=sha256)
    if known.sha256_prefix and not sha256:
        raise UsageError(
            f"--sha256 is missing: of {known.file_name} only the first digits, {known.sha256_prefix}, are published"
        )
    if known.sha256_prefix and not sha256.startswith(known.sha256_prefix):
        raise UsageError(f"--sha256 {sha256}: {known.file_name} has one that begins with {known.sha256_prefix}")
    return Digests(sha256=sha256, md5=known.md5)


def _file_name(url, known):
    if known:
        return known.file_name
    name = pathlib.PurePosixPath(urllib.parse.unquote(urllib.parse.urlsplit(url).path)).name
    if pathlib.PurePosixPath(name).suffix.lower() not in importer.READABLE or not store.NAME.fullmatch(name):
        raise UsageError(
            f"--url {url}: expected an address that ends in a file name, one of {', '.join(importer.READABLE)}"
        )
    return name
