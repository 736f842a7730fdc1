"""Bundles come into the store whole or not at all."""

import errno
import json
import os
import pathlib
import threading

import pytest
from fruits.models import store as store_module
from fruits.models.bundle import Bundle, Preprocessing, file_digest, write_bundle_json
from fruits.models.errors import ModelError, UsageError
from fruits.models.store import check_name, default_store, new_bundle

ENVIRONMENT = {"FRUITS_MODELS": "/f", "XDG_CACHE_HOME": "/x", "HOME": "/h"}


@pytest.mark.parametrize(
    "option, names, wanted",
    [
        ("/o", ["FRUITS_MODELS", "XDG_CACHE_HOME", "HOME"], "/o"),
        (None, ["FRUITS_MODELS", "XDG_CACHE_HOME", "HOME"], "/f"),
        ("", ["XDG_CACHE_HOME", "HOME"], "/x/fruits/models"),
        (None, ["HOME"], "/h/.cache/fruits/models"),
    ],
)
def test_where_the_store_is(option, names, wanted):
    assert default_store(option, {name: ENVIRONMENT[name] for name in names}) == pathlib.Path(wanted)


def test_an_empty_variable_counts_as_none():
    assert default_store("", {"FRUITS_MODELS": "", "HOME": "/h"}) == pathlib.Path("/h/.cache/fruits/models")
    with pytest.raises(UsageError, match="no model store: give --models"):
        default_store("", {})


@pytest.mark.parametrize("option, environment", [("s3://b/m/", {}), (None, {"FRUITS_MODELS": "s3a://b/m"})])
def test_a_store_in_a_bucket_is_not_written(option, environment):
    with pytest.raises(UsageError, match="import, pull and quantize write to a local folder") as error:
        default_store(option, environment)
    given = "--models s3://b/m/" if option else "FRUITS_MODELS s3a://b/m"
    assert str(error.value).startswith(f"{given}: ")
    assert str(error.value).endswith("aws s3 cp --recursive DIR/NAME s3://b/m/NAME")


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../a", "a b", "-x", "a\n", "x" * 101])
def test_names_that_are_no_folder_names(name):
    with pytest.raises(UsageError, match="NAME"):
        check_name(name)


def fill(folder, text):
    (folder / "model.xml").write_text(text)
    (folder / "model.bin").write_text(text)
    bundle = Bundle("m", "model.xml", Preprocessing(8, 8), "map", "features", "", 4, [], "made", "MIT")
    write_bundle_json(bundle, folder)


def contents(folder):
    return {entry.name: entry.read_text() for entry in folder.iterdir()}


def test_a_bundle_appears_whole(store):
    with new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "one")
        assert not (store / "m").exists()
    assert set(contents(store / "m")) == {"bundle.json", "model.xml", "model.bin"}
    assert list((store / ".incoming").iterdir()) == []
    document = json.loads((store / "m/bundle.json").read_text())
    assert document["sha256"] == {name: file_digest(store / "m" / name) for name in ("model.bin", "model.xml")}


def test_an_error_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), new_bundle(store, "m", overwrite=False) as folder:
        (folder / "model.xml").write_text("half")
        raise ZeroDivisionError
    assert [entry.name for entry in store.iterdir()] == [".incoming"]
    assert list((store / ".incoming").iterdir()) == []


def old(folder, **files):
    """As a process left it hours ago."""
    folder.mkdir()
    for name in files:
        (folder / name).write_text("half")
    os.utime(folder, (0, 0))
    return folder


def test_what_a_killed_process_left_is_removed(store):
    incoming = store_module.incoming(store)
    old(incoming / "m.a1b2c3_4", model="")
    fresh = incoming / "m.aaaaaaaa"
    fresh.mkdir()
    kept = [old(incoming / name) for name in ("m.pull", "m.a1b2c3_4.old")]
    with new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "one")
    assert set(incoming.iterdir()) == {fresh, *kept}, "fresh ones may be in the making, the others are kept on purpose"


def test_what_another_process_is_filling_stays(store):
    with new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "one")
        os.utime(folder, (0, 0))
        with new_bundle(store, "other", overwrite=False) as second:
            fill(second, "two")
    assert (store / "m/bundle.json").exists() and (store / "other/bundle.json").exists()


def test_an_existing_bundle_stays_without_overwrite(store):
    with new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "one")
    before = contents(store / "m")
    with pytest.raises(ModelError, match="exists: give --overwrite"), new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "two")
    assert contents(store / "m") == before


def test_an_error_while_overwriting_keeps_the_old_one(store):
    with new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "one")
    before = contents(store / "m")
    with pytest.raises(ZeroDivisionError), new_bundle(store, "m", overwrite=True) as folder:
        (folder / "model.xml").write_text("half")
        raise ZeroDivisionError
    assert contents(store / "m") == before


def test_a_reader_never_misses_a_bundle_that_is_overwritten(store):
    with new_bundle(store, "m", overwrite=False) as folder:
        fill(folder, "0")
    stop, missing = threading.Event(), []

    def read():
        while not stop.is_set():
            try:
                (store / "m/bundle.json").read_text()
            except FileNotFoundError:
                missing.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for round_number in range(100):
        with new_bundle(store, "m", overwrite=True) as folder:
            fill(folder, str(round_number))
    stop.set()
    reader.join()
    assert not missing
    assert contents(store / "m")["model.xml"] == "99"


def test_a_file_system_without_the_swap(store, monkeypatch):
    class Libc:
        def renameat2(self, *_):
            import ctypes

            ctypes.set_errno(errno.EINVAL)
            return -1

    monkeypatch.setattr(store_module.ctypes, "CDLL", lambda *_, **__: Libc())
    for text in ("one", "two"):
        with new_bundle(store, "m", overwrite=True) as folder:
            fill(folder, text)
    assert contents(store / "m")["model.xml"] == "two"
    assert list((store / ".incoming").iterdir()) == []


def test_a_store_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="model store .*file/store"), new_bundle(tmp_path / "file/store", "m", False):
        pass


def test_the_bundle_can_be_read_by_others(store):
    old = os.umask(0o022)
    try:
        with new_bundle(store, "m", overwrite=False) as folder:
            fill(folder, "one")
    finally:
        os.umask(old)
    assert (store / "m").stat().st_mode & 0o777 == 0o755
