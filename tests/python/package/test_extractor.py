"""fruits.FeatureExtractor: the same bits as the command's, photos in every form, bad ones as rows."""

import pickle
import threading

import fruits
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def test_features_are_those_of_the_command(features, data_dir, model_store, tmp_path):
    fruits.extract(data_dir / "golden/photos", tmp_path / "out", models=model_store, input_size=96)
    stored = pq.read_table(next((tmp_path / "out/features").glob("part-*.parquet")))
    rows = stored.column("features").combine_chunks().flatten().to_numpy().reshape(features.shape)
    assert rows.tobytes() == features.tobytes()


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view()])
def test_arrow_arrays_give_the_same_bits(extractor, photos, features, kind):
    array = pa.array([p.read_bytes() for p in photos], kind)
    assert np.array_equal(extractor.transform(array), features)
    assert np.array_equal(extractor.transform(array.slice(3, 5)), features[3:8])
    assert np.array_equal(extractor.transform(pa.chunked_array([array[:7], array[7:]])), features)


def test_paths_bytes_and_path_objects(extractor, photos, features):
    assert np.array_equal(extractor.transform([str(p) for p in photos]), features)
    assert np.array_equal(extractor.transform([p.as_uri() for p in photos]), features)
    assert np.array_equal(extractor.transform([p.read_bytes() for p in photos]), features)
    assert np.array_equal(extractor.transform([bytearray(photos[0].read_bytes())]), features[:1])


def test_a_bad_photo_is_a_row_with_its_reason(extractor, photos, features):
    good = photos[0].read_bytes()
    batch = extractor.extract([good, good[:500], None, b"", good])
    assert batch.schema.field("features").type == pa.list_(pa.field("item", pa.float32(), False), 1280)
    assert batch.column("features").is_valid().to_pylist() == [True, False, False, False, True]
    errors = batch.column("error").to_pylist()
    assert errors[0] is None and errors[4] is None
    assert "truncated" in errors[1] and "null" in errors[2] and "empty" in errors[3]
    assert np.array_equal(batch.column("features")[4].values.to_numpy(), features[0])
    with pytest.raises(fruits.PhotoError, match="photo 1: .*truncated") as raised:
        extractor.transform([good, good[:500]])
    assert raised.value.index == 1


def test_no_photos_are_no_rows(extractor):
    assert extractor.transform([]).shape == (0, 1280)
    assert len(extractor.extract(pa.array([], pa.binary()))) == 0


@pytest.mark.parametrize(
    "photos, said",
    [
        ("a.jpg", "found one str"),
        (b"bytes", "found one bytes"),
        ([1, 2], "expected bytes"),
        ([b"a", "b"], "all of one kind"),
        (pa.array([1, 2]), "expected binary or string"),
    ],
)
def test_wrong_photos_are_refused(extractor, photos, said):
    with pytest.raises(ValueError, match=said):
        extractor.extract(photos)


def test_wrong_options_are_refused(model_store, photos):
    with pytest.raises(ValueError, match="has no option 'colour'"):
        fruits.FeatureExtractor(colour=1)
    with pytest.raises(ValueError, match="--pooling 'max'"):
        fruits.FeatureExtractor(models=model_store, pooling="max").transform(photos)
    with pytest.raises(FileNotFoundError, match="model 'nomodel' is not in the store"):
        fruits.FeatureExtractor("nomodel", models=model_store).transform(photos)


def test_options_change_the_rows(model_store, photos, extractor):
    flat = fruits.FeatureExtractor(models=model_store, input_size=96, pooling="none").transform(photos[:2])
    assert flat.shape == (2, 11520)
    other = fruits.FeatureExtractor(models=model_store, input_size=96, resize_filter="box")
    assert other.fingerprint != extractor.fingerprint
    assert extractor.input_size == (96, 96)


def test_the_precision_and_why(model_store, extractor):
    assert (extractor.precision, extractor.precision_reason) == ("f32", "")
    chosen = fruits.FeatureExtractor(models=model_store, input_size=96, precision="auto")  # no int8 model is good enough
    assert chosen.precision in ("f32", "bf16") and chosen.precision_reason.startswith("efficientnet-lite0-int8 ")
    assert chosen.get_params()["precision"] == "auto"


def test_many_threads_share_one_extractor(extractor, photos, features):
    rows = [None] * 4

    def work(i):
        rows[i] = extractor.transform(photos)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(rows))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(r, features) for r in rows)


def test_it_goes_to_another_process_without_its_engine(extractor, photos, features):
    again = pickle.loads(pickle.dumps(extractor))
    assert again.get_params() == extractor.get_params()
    assert np.array_equal(again.transform(photos), features)
