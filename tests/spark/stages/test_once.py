"""One inference a photo for fit() and transform() on one frame.

Photos are counted as the featurizer's worker asks for them: each that it takes from its input is inferred.
"""

import shutil

import pytest
from fruits.spark import FruitsPCA, ImageFeaturizer
from pyspark.ml import Pipeline


@pytest.fixture
def counted(photos, tmp_path):
    """The photos behind a step that notes each of them in a file, and how many are noted."""
    notes = tmp_path / "notes"
    notes.touch()
    name = str(notes)

    def note(batches):
        for batch in batches:
            with open(name, "a") as file:  # short appends of several workers do not mix
                file.write("".join(f"{path}\n" for path in batch.column("path").to_pylist()))
            yield batch

    frame = photos.mapInArrow(note, photos.schema)
    return frame, lambda: notes.read_text().split()


def test_a_pipeline_infers_each_photo_once(counted, settings):
    frame, notes = counted
    featurizer = ImageFeaturizer(**settings)
    model = Pipeline(stages=[featurizer, FruitsPCA(components=2)]).fit(frame)
    scores = model.transform(frame).select("path", "pca").collect()
    assert (len(scores), len(notes()), len(set(notes()))) == (10, 10, 10)
    assert model.transform(frame).where("error is null").count() == 10
    assert len(notes()) == 10
    # Another frame that Spark holds equal, by a copy of the stage.
    for copy in (featurizer, featurizer.copy()):
        assert copy.transform(frame.select("content")).where("error is null").count() == 10
    assert len(notes()) == 20
    # Settings that differ make other features.
    assert featurizer.copy({featurizer.inputSize: 64}).transform(frame).count() == 10
    assert len(notes()) == 30
    featurizer.unpersist()
    assert len(model.transform(frame).select("pca").collect()) == 10
    assert len(notes()) == 40
    featurizer.unpersist()


def test_without_the_cache_each_job_infers(counted, settings):
    frame, notes = counted
    features = ImageFeaturizer(cacheFeatures=False, **settings).transform(frame)
    assert not features.is_cached
    for _ in range(2):
        features.select("features").collect()
    assert len(notes()) == 20


def test_four_frames_are_kept(photos, settings):
    stage = ImageFeaturizer(**settings)
    made = [stage.transform(photos.limit(n)) for n in range(1, 6)]
    assert [frame.is_cached and frame.storageLevel.useMemory for frame in made][1:] == [True] * 4
    assert not made[0].storageLevel.useMemory
    stage.unpersist()
    assert [frame.storageLevel.useMemory for frame in made] == [False] * 5


def test_photos_that_come_later_are_seen(spark, photo_paths, settings, tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    stage = ImageFeaturizer(**settings)

    def read():
        return stage.transform(spark.read.format("binaryFile").load(str(folder)))

    for count, path in enumerate(photo_paths[:2], start=1):
        shutil.copy(path, folder / f"{count}.jpg")
        assert read().where("error is null").count() == count
    stage.unpersist()
