"""What judging an int8 model is made of: stored rows, the choice of photos, timing, floors and the page. Nothing is computed."""

import io
import json
import types
from unittest import mock

import fruits
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fruits.models import calibration, extracted, nncf_quantizer, quality_report, timing
from fruits.models.errors import ModelError, UsageError
from fruits.models.judge import choose, why_unknown
from fruits.models.quantizer import AIMS, MIXED, QuantizeRequest, _say_evaluation, candidates
from PIL import Image


def write_part(folder, number, count):
    features = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(3 * count, dtype=np.float32)), 3)
    columns = {
        "path": pa.array([f"{number}-{i}" for i in range(count)], pa.string()),
        "label": pa.array(["a"] * count, pa.string()),
        "content_sha256": pa.array([bytes([number] * 32)] * count, pa.binary(32)),
        "features": features,
    }
    pq.write_table(pa.table(columns), folder / f"part-{number:06}-00000000.parquet")


@pytest.mark.parametrize("counts", [(0, 150, 2), (0, 0), (3,)])
def test_parts_are_read_even_where_all_photos_of_one_were_rejected(tmp_path, counts):
    (tmp_path / "features").mkdir()
    for number, count in enumerate(counts):
        write_part(tmp_path / "features", number, count)
    found = extracted.read(tmp_path, 5)
    assert found.paths == [f"{number}-{i}" for number, count in enumerate(counts) for i in range(count)]
    assert found.features.shape == (sum(counts), 3) and found.rejected == 5
    assert len(found.labels) == len(found.contents) == sum(counts)
    if counts[-1]:
        assert found.features[-1].tolist() == [3 * counts[-1] - 3, 3 * counts[-1] - 2, 3 * counts[-1] - 1]
        assert found.contents[-1] == bytes([len(counts) - 1] * 32)


def contents(count):
    return [i.to_bytes(2, "big") for i in range(count)]


def test_photos_that_were_calibrated_on_are_left_out_where_there_are_enough_others():
    every_third = set(contents(60)[::3])
    assert choose(contents(60), every_third, 60) == [i for i in range(60) if i % 3]
    assert choose(contents(60), every_third, 20) == [i for i in range(60) if i % 3][::2]
    assert choose(contents(1300), set(contents(300)), 1000) == list(range(300, 1300))
    assert choose(contents(500), set(contents(300)), 1000) == list(range(300, 500)), "200 are enough"


def test_photos_are_judged_on_twice_where_there_are_too_few_others():
    assert choose(contents(60), set(contents(40)), 60) == list(range(60))
    assert choose(contents(499), set(contents(300)), 1000) == list(range(499))
    assert choose([], set(), 20) == []


@pytest.mark.parametrize("order", ["rgb", "bgr"])
def test_what_a_model_sees_becomes_the_photo_again(order):
    rgb = np.random.default_rng(1).integers(0, 256, (2, 5, 7, 3), dtype=np.uint8)
    seen = {"color_order": order, "mean": [103.939, 116.779, 123.68], "scale": [57.12, 58.4, 1]}
    channels = rgb[..., ::-1] if order == "bgr" else rgb
    inputs = (channels.astype(np.float32) - np.float32(seen["mean"])) / np.float32(seen["scale"])
    files = timing.as_files(inputs.transpose(0, 3, 1, 2), seen)
    for file, photo in zip(files, rgb, strict=True):
        assert np.array_equal(np.asarray(Image.open(io.BytesIO(file))), photo)


class Extractor:
    """Stands for fruits.FeatureExtractor; the photos at `bad` have an error."""

    bad = ()

    def __init__(self, model):
        self.model = model

    def extract(self, photos):
        assert len(photos) == timing.TIMED and all(isinstance(photo, bytes) for photo in photos)
        errors = ["decode: not a photo" if i in self.bad else None for i in range(len(photos))]
        return pa.record_batch({"error": pa.array(errors, pa.string())})


def test_few_photos_are_timed_again(monkeypatch, tmp_path):
    monkeypatch.setattr(fruits, "FeatureExtractor", Extractor)
    rates = timing.images_per_second([tmp_path / "a", tmp_path / "b"], [b"1", b"2", b"3"])
    assert len(rates) == 2 and all(rate > 0 for rate in rates)


def test_failures_are_not_timed(monkeypatch, tmp_path):
    monkeypatch.setattr(fruits, "FeatureExtractor", Extractor)
    monkeypatch.setattr(Extractor, "bad", (2, 9))
    with pytest.raises(ModelError) as error:
        timing.images_per_second([tmp_path / "net"], [b"1"])
    assert str(error.value) == "timing net: 2 of 64 photos gave no features, expected all; photo 2: decode: not a photo"


def test_calibration_photos_fit_into_memory():
    bundle = {"input": {"width": 224, "height": 224}}
    calibration.check_count(bundle, 3566)
    with pytest.raises(UsageError, match="--images 3567: expected at most 3566 for a model that sees 224x224 pixels"):
        calibration.check_count(bundle, 3567)


def change(right, int8_right, standard_error):
    """One photo becomes right, the others wrong."""
    return {"right_to_wrong": right - int8_right + 1, "wrong_to_right": 1, "standard_error": standard_error}


def made_report(right=900, int8_right=898, photos=1000, calibrated_on=0, **more):
    """Of so many photos that each accuracy counts; None: not known."""
    is_known = right is not None

    def side(count, speed):
        accuracy = count / photos if is_known else None
        accuracies = {"nearest_accuracy": accuracy, "probe_accuracy": accuracy}
        return {"photos": photos, "labels": 4, **accuracies, "variance_kept": {"7": 0.5}, "images_per_second": speed, "bytes": 2_000_000}

    return {
        "model": "net",
        "components": 7,
        "isa": "avx2",
        "speed_isa": "avx512",
        "calibration": {"inputs": ["a|b.tar"], "photos": 19, "rejected": 1},
        "evaluation": {"inputs": ["test"], "photos": photos, "rejected": 0, "calibrated_on": calibrated_on},
        "globs": [],
        "label": "parent",
        "group": "",
        "settings": {"pooling": "avg", "input_size": 224, "fit": "full", "filter": "bicubic"},
        "floors": {"min_cosine": 0.985, "max_accuracy_drop": 0.005},
        "accuracy_unknown": None,
        "f32": side(right, 20.0),
        "int8": side(int8_right, 60.0),
        "speed_ratio": 3.0,
        "agreement": {
            "cosine": {"mean": 0.99, "percentile_1": 0.98, "min": 0.97},
            "same_nearest_photo": 0.8,
            "same_nearest_label": 0.95 if is_known else None,
            "nearest_change": change(right, int8_right, 0.0432) if is_known else None,
            "probe_change": change(right, int8_right, 0.0123) if is_known else None,
            "angles": [1.0, 2.0],
        },
        "layers_kept_in_f32": 3,
        "attempts": 2,
        **more,
    }


def unknown_report():
    return made_report(None, None, accuracy_unknown="all 1000 photos have the label 'x'")


def request(**more):
    return QuantizeRequest(name="net", store=None, calibration=["a"], **more)


def test_floors():
    assert quality_report.faults(made_report(), request()) == []
    words = "accuracy falls by 1.00 points (nearest neighbour; standard error 4.32 over 1000 photos), expected at most 0.5"
    assert quality_report.faults(made_report(int8_right=890), request()) == [words]
    assert quality_report.faults(made_report(), request(min_cosine=0.995)) == ["mean cosine to f32 0.9900, expected at least 0.995"]
    assert quality_report.faults(unknown_report(), request()) == [], "cosine alone decides"


def test_what_lies_on_the_floor_keeps_it():
    """As a difference of shares it would not: 196/200 - 195/200 > 0.005."""
    on_it = made_report(196, 195, photos=200)
    assert quality_report.faults(on_it, request()) == []
    assert quality_report.quantized_from(on_it, {"sha256": {}})["accuracy_drop"] == 0.005
    (fault,) = quality_report.faults(made_report(196, 194, photos=200), request())
    assert fault.startswith("accuracy falls by 1.00 points") and fault.endswith("expected at most 0.5")


@pytest.mark.parametrize("photos", [200, 1000])
def test_a_floor_of_so_many_photos_lets_so_many_pass(photos):
    """From every count that f32 has right, up to twice the default floor; and for every floor."""
    floor = photos // 200
    for right in range(photos + 1):
        for lost in range(min(right, 2 * floor) + 1):
            found = quality_report.faults(made_report(right, right - lost, photos), request())
            assert bool(found) == (lost > floor), (right, lost)
    for lost in range(photos):
        report = made_report(photos - 1, photos - 1 - lost, photos)
        assert quality_report.faults(report, request(max_accuracy_drop=lost / photos)) == []
        assert lost == 0 or quality_report.faults(report, request(max_accuracy_drop=(lost - 1) / photos))


def test_the_error_is_that_of_the_measure_that_loses_more():
    report = made_report()
    report["int8"]["probe_accuracy"] = 0.88
    report["agreement"]["probe_change"] = change(900, 880, 0.0123)
    (fault,) = quality_report.faults(report, request())
    assert fault.startswith("accuracy falls by 2.00 points (linear probe; standard error 1.23 over 1000 photos)")
    told = quality_report.quantized_from(report, {"sha256": {}})
    assert told["accuracy_drop"] == 0.02 and told["accuracy_drop_standard_error"] == 0.0123
    assert "nearest neighbour 90.00 % -> 89.80 % (-0.20 points, standard error 4.32), linear probe" in quality_report.summary(report)


def test_what_the_engine_reads():
    told = quality_report.quantized_from(made_report(), {"sha256": {"model.xml": "ab"}})
    assert told.pop("accuracy_drop") == 0.002
    assert told == {
        "sha256": {"model.xml": "ab"},
        "cosine": 0.99,
        "accuracy_drop_standard_error": 0.0432,
        "evaluation_photos": 1000,
        "evaluation_calibrated_on": 0,
        "pooling": "avg",
        "input_size": 224,
        "fit": "full",
        "filter": "bicubic",
        "min_cosine": 0.985,
        "max_accuracy_drop": 0.005,
        "speed_ratio": 3.0,
        "speed_isa": "avx512",
    }
    unknown = quality_report.quantized_from(unknown_report(), {"sha256": {}})
    assert unknown["accuracy_drop"] is unknown["accuracy_drop_standard_error"] is None


def page(report, folder):
    quality_report.write(report, folder)
    assert json.loads((folder / "quality.json").read_text()) == report
    return (folder / "quality.md").read_text()


def test_the_page_says_what_its_figures_hold_for(tmp_path):
    text = page(made_report(), tmp_path)
    assert "| calibration | 19 photos of `a\\|b.tar`, 1 rejected |" in text
    assert "| evaluation | 1,000 photos of `test`, 0 rejected, none of the calibration's; 4 labels |" in text
    assert "| settings | pooling avg, input size 224, fit full, filter bicubic |" in text
    assert "| floors | mean cosine 0.985, accuracy drop 0.5 points |" in text
    assert "| images/s | 20.0 | 60.0 |" in text and "too few" not in text and "not known" not in text
    assert "Measured with a CPU of class avx512." in text
    assert "| linear probe | 3 | 1 | -0.20, standard error 1.23 |" in text and "McNemar" in text


def test_the_page_says_that_photos_were_calibrated_on(tmp_path):
    text = page(made_report(calibrated_on=12), tmp_path)
    assert "among them 12 of the calibration's" in text
    assert "int8 is judged on photos that its ranges were learnt from, and so were the layers kept in f32 chosen" in text


def test_an_accuracy_that_is_not_known_is_said(tmp_path):
    report = unknown_report()
    assert "; accuracy not known: all 1000 photos have the label 'x'; 3.00 times as fast" in quality_report.summary(report)
    text = page(report, tmp_path)
    assert "| linear probe gives the label | not known | not known |" in text and "standard error" not in text
    assert "Accuracy is not known: all 1000 photos have the label 'x'; the model was taken by its cosine alone." in text


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ({""}, "none of the 3 photos has a label"),
        ({"x"}, "all 3 photos have the label 'x'"),
        ({"x", "y", "z"}, "each of the 3 photos has a label of its own"),
        ({"x", "y"}, "no label of the 3 photos (2 labels) has photos in two groups"),
    ],
)
def test_why_labels_tell_no_accuracy(labels, why):
    assert why_unknown({"photos": 3, "nearest_accuracy": None, "probe_accuracy": None}, labels) == why
    assert why_unknown({"photos": 3, "nearest_accuracy": 0.5, "probe_accuracy": 0.5}, labels) == ""


def network(quantized, plain):
    """An OpenVINO model of so many convolutions with and without FakeQuantize before them."""

    def op(kind, *inputs):
        nodes = [types.SimpleNamespace(get_node=lambda kind=kind: op(kind)) for kind in inputs]
        return types.SimpleNamespace(get_type_name=lambda: kind, input_value=lambda index: nodes[index])

    ops = [op("Convolution", "FakeQuantize", "Constant")] * quantized + [op("Convolution", "Relu", "FakeQuantize")] * plain
    return types.SimpleNamespace(get_ops=lambda: [*ops, op("Relu", "Convolution")])


@pytest.fixture
def quantizer():
    """With an NNCF that keeps 2 layers in f32, and plain int8 features that are 0.1 away in one direction."""
    nncf = mock.MagicMock()
    plain, mixed = network(5, 0), network(3, 2)
    nncf.quantize.return_value, nncf.quantize_with_accuracy_control.return_value = plain, mixed
    made = object.__new__(nncf_quantizer.Quantizer)
    made._nncf, made._model, made.isa, made._channels_last = nncf, mock.MagicMock(), "avx2", False
    made._compile = lambda model: model
    away = np.eye(1, 12)[0] * 0.1
    made._features_of = lambda model, inputs: [np.ravel(photo) + away * (model is plain) for photo in inputs]
    made.take(np.ones((250, 3, 2, 2), np.float32) + np.arange(250, dtype=np.float32)[:, None, None, None])
    return made


def test_layers_kept_in_f32_are_counted_without_quantizing_again(quantizer):
    nncf = quantizer._nncf
    quantizer.plain()
    mixed = nncf.quantize_with_accuracy_control.return_value
    assert quantizer.aiming_at(0.99) == (mixed, 2) and quantizer.aiming_at(0.995) == (mixed, 2)
    assert nncf.quantize.call_count == 1


def test_what_plain_quantization_loses_is_measured_as_nncf_will(quantizer):
    nncf = quantizer._nncf
    plain = quantizer.plain()
    lost = quantizer.plain_loss()
    quantizer.aiming_at(1 - lost / 2)
    _, _, _, validate = nncf.quantize_with_accuracy_control.call_args.args
    pairs = nncf.Dataset.call_args.args[0]
    assert len(pairs) == 125, "every second one of 250, as at least 100 validate"
    assert lost == 1 - validate(plain, pairs)[0] > 1e-6
    assert nncf.quantize_with_accuracy_control.call_args.kwargs["max_drop"] == pytest.approx(lost / 2)


class FakeQuantizer:
    """Plain int8 loses `lost` on the calibration's photos; an aim is answered with so many layers in f32."""

    def __init__(self, lost, layers):
        self.lost, self.layers, self.aims = lost, iter(layers), []

    def plain(self):
        return "plain"

    def plain_loss(self):
        return self.lost

    def aiming_at(self, cosine):
        self.aims.append(cosine)
        return f"model {len(self.aims)}", next(self.layers)


@pytest.mark.parametrize(
    ("layers", "made"),
    [
        ((3, 8, 9, 9), [("model 1", 3), ("model 2", 8)]),
        ((0, 0, 2, 4), [("model 3", 2), ("model 4", 4)]),
        ((0, 3, 3, 5), [("model 2", 3), ("model 4", 5)]),
        ((0, 0, 0, 0), []),
    ],
)
def test_an_aim_that_keeps_no_further_layer_is_no_attempt(layers, made):
    quantizer, said = FakeQuantizer(0.02, layers), []
    assert list(candidates(quantizer, said.append)) == [("plain", 0), *made]
    assert quantizer.aims == sorted(quantizer.aims) and len(quantizer.aims) <= len(AIMS) and len(made) <= MIXED
    assert min(quantizer.aims) > 1 - 0.02, "stricter than what plain quantization reached, whatever floor it fell below"
    assert sum("looking for layers to keep in f32" in line for line in said) == len(quantizer.aims)


def test_where_calibration_photos_lose_nothing_no_layer_can_be_found():
    quantizer, said = FakeQuantizer(0.0, ()), []
    assert list(candidates(quantizer, said.append)) == [("plain", 0)]
    assert quantizer.aims == [] and "loses nothing" in said[0]


@pytest.mark.parametrize(("photos", "calibrated_on", "is_warned"), [(200, 0, False), (199, 0, True), (400, 201, True)])
def test_too_few_photos_to_judge_by_are_said(photos, calibrated_on, is_warned):
    said = []
    _say_evaluation({"photos": photos, "rejected": 0, "calibrated_on": calibrated_on}, said.append)
    words = "warning: judged on 199 photos that are not calibrated on, expected at least 200: --precision auto will not take it"
    assert any(line.startswith(words) for line in said) == is_warned
