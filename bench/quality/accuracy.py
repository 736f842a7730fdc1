"""What int8 costs ResNet50 on Fruits-360: two classifiers trained on every tenth training photo, asked about the whole test split.

    python bench/quality/accuracy.py

The classifiers are the nearest training photo, and ridge regression on +1/-1 targets (scikit-learn's RidgeClassifier with
alpha = 0.01 of the mean diagonal of the centred inner products). int8 is the model of all benchmarks: `fruits models quantize` of the
training photos (end_to_end/int8_store.py). Features are kept in the tests' cache until the code that computes them or the model
changes; without them f32 takes half an hour.
"""

import hashlib
import importlib.metadata
import pathlib
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench/end_to_end"))

import setting  # noqa: E402

MODELS = {"f32": "resnet50", "int8": "resnet50-int8"}
BLOCK = 1024


def fruits(*arguments: str | pathlib.Path) -> None:
    environment = setting.models_for_tests.command_environment()
    command = [str(word) for word in (setting.FRUITS, *arguments)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def engine() -> str:
    """A digest of what computes features of a given model."""
    digest = hashlib.sha256(importlib.metadata.version("openvino").encode())
    rooms = [ROOT / half / room for half in ("include/fruits", "src") for room in ("image", "model")]
    for source in sorted(file for room in rooms for file in room.rglob("*") if file.suffix in (".h", ".cc")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def features(store: pathlib.Path, photos: pathlib.Path, precision: str) -> tuple[np.ndarray, np.ndarray]:
    """Labels and features of a set of photos, in the order of their paths."""
    bundle = (store / MODELS[precision] / "bundle.json").read_text()
    kept = setting.models_for_tests.cache_folder() / "accuracy" / hashlib.sha256((engine() + bundle).encode()).hexdigest()[:16]
    output = kept / f"{precision}-{photos.name}"
    kept.mkdir(parents=True, exist_ok=True)
    fruits("extract", photos, "-o", output, "--model", MODELS[precision], "--models", store)
    table = pq.read_table(output / "features", columns=["path", "label", "features"]).sort_by("path")
    rows = table["features"].combine_chunks()
    return table["label"].to_numpy(), rows.flatten().to_numpy().reshape(len(rows), -1)


def nearest(training: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The row of `training` with the least Euclidean distance to each row of `asked`."""
    squares = (training.astype(np.float64) ** 2).sum(axis=1)
    blocks = np.split(asked, range(BLOCK, len(asked), BLOCK))
    return np.concatenate([np.argmin(squares - 2 * block.astype(np.float64) @ training.T, axis=1) for block in blocks])


def ridge(training: np.ndarray, labels: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The label that one linear classifier for each label gives."""
    names, numbers = np.unique(labels, return_inverse=True)
    mean = training.mean(axis=0, dtype=np.float64)
    rows = training - mean
    targets = np.where(numbers[:, None] == np.arange(len(names)), 1.0, -1.0)
    intercept = targets.mean(axis=0)
    alpha = 0.01 * (rows**2).sum() / len(rows)
    weights = np.linalg.solve(rows.T @ rows + alpha * np.eye(rows.shape[1]), rows.T @ (targets - intercept))
    return names[np.argmax((asked - mean) @ weights + intercept, axis=1)]


def main() -> None:
    training_photos, test_photos = setting.training_photos(), setting.all_photos()
    store = setting.store(MODELS["int8"])
    shares: dict[str, dict[str, float]] = {"nearest training photo": {}, "linear classifier": {}}
    test_features = {}
    for precision in ("f32", "int8"):
        training_labels, training = features(store, training_photos, precision)
        labels, asked = features(store, test_photos, precision)
        test_features[precision] = asked
        answers = (training_labels[nearest(training, asked)], ridge(training, training_labels, asked))
        for classifier, answer in zip(shares, answers, strict=True):
            shares[classifier][precision] = 100 * float(np.mean(answer == labels))
            setting.number(f"test photos right in {precision}, {classifier}", shares[classifier][precision], "%")
    a, b = (test_features[p].astype(np.float64) for p in ("f32", "int8"))
    cosines = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    setting.number("cosine of int8 to f32, mean", float(cosines.mean()), "", at_least=0.99)
    setting.number("cosine of int8 to f32, 1 % lie below", float(np.quantile(cosines, 0.01)), "")
    for classifier, of in shares.items():
        setting.number(f"points lost by int8, {classifier}", of["f32"] - of["int8"], "", at_most=0.5)


if __name__ == "__main__":
    main()
