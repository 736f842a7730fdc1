"""The folder of bundles: where it is, and how a bundle gets in whole or not at all."""

import contextlib
import ctypes
import errno
import fcntl
import os
import pathlib
import re
import shutil
import tempfile
import time

from fruits.models.errors import ModelError, UsageError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
UNFINISHED = re.compile(r".+\.[a-z0-9_]{8}")  # as mkdtemp names them; NAME.pull and *.old are kept on purpose
ABANDONED_S = 3600.0  # also older than any moment between the making of a folder and its lock
AT_FDCWD = -100
RENAME_EXCHANGE = 2


def default_store(option, environment):
    """The first not empty of the option, FRUITS_MODELS, XDG_CACHE_HOME/fruits/models, ~/.cache/fruits/models."""
    if option:
        return _local("--models", option)
    if environment.get("FRUITS_MODELS"):
        return _local("FRUITS_MODELS", environment["FRUITS_MODELS"])
    if environment.get("XDG_CACHE_HOME"):
        return pathlib.Path(environment["XDG_CACHE_HOME"]) / "fruits/models"
    if environment.get("HOME"):
        return pathlib.Path(environment["HOME"]) / ".cache/fruits/models"
    raise UsageError("no model store: give --models DIR, or set FRUITS_MODELS, XDG_CACHE_HOME or HOME")


def _local(given, store):
    in_bucket = re.fullmatch(r"s3a?(://.*?)/*", store)
    if in_bucket:
        raise UsageError(
            f"{given} {store}: import, pull and quantize write to a local folder; give one as --models DIR, "
            f"then copy the bundle: aws s3 cp --recursive DIR/NAME s3{in_bucket[1]}/NAME"
        )
    return pathlib.Path(store)


def check_name(name, given="NAME"):
    if not NAME.fullmatch(name):
        raise UsageError(f"{given} '{name}': expected letters, digits, '.', '_' or '-', the first a letter or digit")


def check_free(store, name, overwrite):
    """Before any work: is there room for a bundle of this name?"""
    if (store / name).exists() and not overwrite:
        raise ModelError(f"{store / name} exists: give --overwrite to replace it, or another NAME")


def incoming(store):
    """Where unfinished things lie: in the store's file system, where nobody looks for bundles."""
    folder = store / ".incoming"
    with _store_errors(store):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def new_bundle(store, name, overwrite):
    """Yields a folder to fill; it becomes <store>/<name> in one step, or vanishes after an error.

    It is locked meanwhile, so that what a killed process left can be told from it, and is removed.
    """
    parent = incoming(store)
    with _store_errors(store):
        _sweep(parent)
        folder = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}.", dir=parent))
    try:
        with _locked(folder):
            yield folder
            with _store_errors(store):
                folder.chmod(0o755)
                for file in folder.iterdir():
                    _flush(file)
                _publish(folder, store / name, overwrite)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder):
    """By flock, which ends with the process however that ends."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with contextlib.suppress(OSError):  # where locks are not supported, nobody can take it for abandoned either
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)


def _sweep(parent):
    """Removes unfinished bundles that are old and that no living process has locked."""
    for folder in parent.iterdir():
        if not UNFINISHED.fullmatch(folder.name):
            continue
        with contextlib.suppress(OSError):  # locked, gone meanwhile, no folder, or nobody can tell
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if time.time() - os.fstat(lock).st_mtime > ABANDONED_S:
                    shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


@contextlib.contextmanager
def _store_errors(store):
    try:
        yield
    except OSError as error:
        raise ModelError(f"model store {store}: {error.strerror or error} ({error.filename or 'no file'})") from error


def _flush(path):
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _publish(folder, target, overwrite):
    try:
        # Renaming onto a folder works only where that is empty: no bundle is lost.
        os.rename(folder, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not overwrite:
            raise ModelError(f"{target} exists: give --overwrite to replace it, or another NAME") from error
        _exchange(folder, target)
    _flush(target.parent)


def _exchange(folder, target):
    """Both names swap at once, so that a reader sees the old bundle or the new one; the old one is then removed."""
    libc = ctypes.CDLL(None, use_errno=True)
    old, new = os.fsencode(folder), os.fsencode(target)
    if libc.renameat2(AT_FDCWD, old, AT_FDCWD, new, RENAME_EXCHANGE) == 0:
        return
    code = ctypes.get_errno()
    if code not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(code, os.strerror(code), str(target))
    # A file system without the swap: for a moment there is no bundle, never half of one.
    aside = folder.with_name(folder.name + ".old")
    os.rename(target, aside)
    os.rename(folder, target)
    shutil.rmtree(aside, ignore_errors=True)
