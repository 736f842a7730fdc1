import pathlib

import fruits
import pytest


@pytest.fixture(scope="session")
def photos(data_dir) -> list[pathlib.Path]:
    """30 real photos, in catalog order."""
    return sorted((data_dir / "golden/photos").rglob("*.jpg"))


@pytest.fixture(scope="session")
def extractor(model_store) -> fruits.FeatureExtractor:
    return fruits.FeatureExtractor(models=model_store, input_size=96, threads=2)


@pytest.fixture(scope="session")
def features(extractor, photos):
    """float32 [30, 1280]."""
    return extractor.transform(photos)
