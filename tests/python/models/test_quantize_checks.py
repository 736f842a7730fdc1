"""What `fruits models quantize` refuses before any work: nothing is read but bundle.json and the names of photos."""

import json

import pytest
from fruits.models import quantizer
from fruits.models.errors import ModelError, UsageError
from fruits.models.quantizer import QuantizeRequest, quantize


class WorkBegins(Exception):
    pass


@pytest.fixture
def begin(store, monkeypatch):
    """quantize() of the store's f32 model `net` up to where NNCF would be loaded: WorkBegins."""

    def work(*_):
        raise WorkBegins

    monkeypatch.setattr(quantizer, "Quantizer", work)
    put(store, "net", "f32")

    def call(name="net", **more):
        quantize(QuantizeRequest(name=name, store=store, calibration=["/no/such/photos"], **more), pytest.fail)

    return call


def put(store, name, precision):
    (store / name).mkdir(parents=True)
    (store / name / "bundle.json").write_text(json.dumps({"precision": precision, "input": {"width": 8, "height": 8}}))


def contents(store):
    return {str(path.relative_to(store)): path.read_bytes() for path in store.rglob("*") if path.is_file()}


def test_an_int8_model_may_be_replaced_by_another(begin, store):
    with pytest.raises(WorkBegins):
        begin()
    for target, name in (("", "net-int8"), ("small", "small")):
        put(store, name, "int8")
        with pytest.raises(ModelError, match=f"{name} exists: give --overwrite"):
            begin(target=target)
        with pytest.raises(WorkBegins):
            begin(target=target, overwrite=True)


@pytest.mark.parametrize("overwrite", [False, True])
def test_an_f32_model_is_never_replaced(begin, store, overwrite):
    put(store, "other", "f32")
    put(store, "net-int8", "f32")
    before = contents(store)
    others = "the store's model of that name is f32, expected an int8 one to replace, or a new name"
    for target, words in (
        ("net", "--as net: that is the f32 model itself, expected another name"),
        ("other", f"--as other: {others}"),
        ("", f"the new model's name net-int8: {others}"),
    ):
        with pytest.raises(UsageError) as error:
            begin(target=target, overwrite=overwrite)
        assert str(error.value) == words
    assert contents(store) == before


def test_what_cannot_be_told_to_be_int8_is_not_replaced(begin, store):
    (store / "notes").mkdir()
    put(store, "broken", "int8")
    (store / "broken/bundle.json").write_text("{")
    put(store, "list", "int8")
    (store / "list/bundle.json").write_text("[]")
    for target, words in (
        ("notes", "--as notes: .*/notes is there and no model, expected an int8 model or nothing"),
        ("broken", "broken/bundle.json: "),
        ("list", "list/bundle.json: expected a JSON object"),
    ):
        with pytest.raises(ModelError, match=words):
            begin(target=target, overwrite=True)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"name": "../store/net"}, "NAME '../store/net': expected letters"),
        ({"name": "/models/net"}, "NAME '/models/net': expected letters"),
        ({"target": "a/b"}, "--as 'a/b': expected letters"),
    ],
)
def test_a_path_is_no_name(begin, names, words):
    with pytest.raises(UsageError) as error:
        begin(**names)
    assert str(error.value).startswith(words)


@pytest.mark.parametrize("group", ["(", "no group", "(two) (groups)"])
def test_a_group_that_is_no_expression_with_one(begin, group):
    with pytest.raises(UsageError, match="^--group '.*': expected a regular expression with one group"):
        begin(group=group)


def test_a_group_with_one(begin):
    for group in ("/([a-z]+)_", "(parent)"):
        with pytest.raises(WorkBegins):
            begin(group=group)


def test_photos_to_judge_on_are_looked_for_first(begin, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "a.bin").write_bytes(b"only its name is read")
    with pytest.raises(ModelError, match="^--evaluation: cannot find the input /no/such"):
        begin(evaluation=["/no/such"])
    with pytest.raises(ModelError, match="^--evaluation: .*expected photos .*, found none"):
        begin(evaluation=[str(photos)])
    with pytest.raises(UsageError, match="^--glob: "):
        begin(evaluation=[str(photos)], globs=["a/b"])
    with pytest.raises(WorkBegins):
        begin(evaluation=[str(photos)], globs=["*.bin"])
