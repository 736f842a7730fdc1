"""fruits.Moments, StandardScaler and Pca: numbers against numpy and scikit-learn, manners of scikit-learn."""

import copy
import pickle

import fruits
import numpy as np
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline


@pytest.fixture
def rows() -> np.ndarray:
    made = np.random.default_rng(7).normal(3, 2, (400, 20)) @ np.random.default_rng(8).normal(size=(20, 20))
    made[:, 5] = 0.1
    return made


def far(a, b) -> float:
    return float(np.abs(a - b).max() / np.abs(b).max())


def test_moments(rows):
    moments = fruits.Moments(20)
    for part in np.array_split(rows, 7):
        other = fruits.Moments(20)
        other.add(part)
        moments.merge(other)
    assert moments.count == 400 and moments.dimension == 20
    assert far(moments.mean, rows.mean(0)) < 1e-13
    assert far(moments.covariance, np.cov(rows.T)) < 1e-12
    assert np.array_equal(moments.min, rows.min(0)) and np.array_equal(moments.max, rows.max(0))
    again = pickle.loads(pickle.dumps(moments))
    assert again.to_bytes() == moments.to_bytes()
    with pytest.raises(fruits.Error) as raised:
        fruits.Moments.from_bytes(moments.to_bytes()[:-1])
    assert raised.value.code == "corrupt data"


def test_moments_refuse(rows):
    moments = fruits.Moments(20)
    for wrong in (np.zeros((2, 21)), np.full((1, 20), np.nan)):
        with pytest.raises(ValueError):
            moments.add(wrong)
    assert moments.count == 0
    with pytest.raises(ValueError, match="expected at least 1"):
        fruits.Moments(0)
    with pytest.raises(ValueError, match="at least 2 rows"):
        _ = moments.covariance
    with pytest.raises(ValueError):
        moments.merge(fruits.Moments(3))
    with pytest.raises(TypeError):
        moments.add([[1, 2]])


def test_scaler(rows):
    scaler = fruits.StandardScaler(with_mean=True).fit(rows)
    std = rows.std(0, ddof=1)
    std[5] = 0
    assert far(scaler.scale_, std) < 1e-12 and scaler.n_samples_seen_ == 400
    scaled = scaler.transform(rows)
    assert np.all(scaled[:, 5] == 0)
    kept = std > 0
    assert far(scaled[:, kept], (rows[:, kept] - rows[:, kept].mean(0)) / std[kept]) < 1e-12
    step = fruits.StandardScaler()
    for part in np.array_split(rows, 400):  # a row at a time
        step.partial_fit(part)
    assert far(step.scale_, std) < 1e-12
    assert np.array_equal(pickle.loads(pickle.dumps(scaler)).transform(rows), scaled)


def test_pca_is_scikit_learns(rows):
    scaled = fruits.StandardScaler(with_mean=True).fit(rows).transform(rows)
    theirs = PCA(4).fit(scaled)
    ours = fruits.Pca(4).fit(rows)
    sign = np.sign((ours.components_ * theirs.components_).sum(1))
    assert far(ours.components_ * sign[:, None], theirs.components_) < 1e-8
    assert far(ours.explained_variance_, theirs.explained_variance_) < 1e-10
    assert far(ours.explained_variance_ratio_, theirs.explained_variance_ratio_) < 1e-10
    assert far(ours.transform(rows) * sign, theirs.transform(scaled)) < 1e-8
    assert ours.share_of_kept_.sum() == pytest.approx(1)
    assert np.array_equal(ours.scale(rows), fruits.StandardScaler().fit(rows).transform(rows))


def test_pca_settings(rows):
    assert fruits.Pca(variance=0.9).fit(rows).explained_variance_ratio_.sum() >= 0.9
    loose = fruits.Pca(2, center=False).fit(rows)
    assert np.abs(loose.transform(rows).mean(0)).max() > 1e-3
    for wrong, said in ((dict(components=0), "at least 1"), (dict(components=21), "components is 21"), (dict(variance=2.0), "variance")):
        with pytest.raises(ValueError, match=said):
            fruits.Pca(**wrong).fit(rows)
    with pytest.raises(ValueError, match="not fitted"):
        fruits.Pca().transform(rows)


def test_wide_rows_go_by_the_gram_matrix():
    rows = np.random.default_rng(3).normal(size=(12, 17_000)).astype(np.float32)
    pca = fruits.Pca(3).fit(rows)
    assert pca.moments_ is None and len(pca.eigenvalues_) == 12
    scaled = (rows - rows.mean(0)) / rows.std(0, ddof=1)
    theirs = PCA(3).fit_transform(scaled.astype(np.float64))
    ours = pca.transform(rows)
    assert far(np.abs(ours), np.abs(theirs)) < 1e-4


def test_rows_in_arrow(rows):
    as_list = pa.FixedSizeListArray.from_arrays(pa.array(rows.ravel()), 20)
    reference = fruits.Pca(3).fit(rows).transform(rows)
    for form in (as_list, as_list.cast(pa.list_(pa.float64())), pa.chunked_array([as_list[:100], as_list[100:]]), rows.tolist()):
        assert np.array_equal(fruits.Pca(3).fit(form).transform(form), reference)
    with pytest.raises(ValueError, match="row 1 is null"):
        fruits.Pca(1).fit(pa.array([[1.0, 2.0], None, [3.0, 4.0]]))
    with pytest.raises(ValueError, match="one width"):
        fruits.Pca(1).fit(pa.array([[1.0, 2.0], [3.0]]))
    with pytest.raises(ValueError, match="two dimensions"):
        fruits.Pca(1).fit(np.zeros(3))


def test_manners(rows):
    pca = fruits.Pca(3, center=False)
    assert repr(pca) == "Pca(components=3, center=False)"
    assert clone(pca).get_params() == pca.get_params()
    assert pca.set_params(components=2) is pca and pca.components == 2
    with pytest.raises(ValueError, match="no parameter 'k'"):
        pca.set_params(k=1)
    pipeline = make_pipeline(fruits.StandardScaler(), fruits.Pca(2))
    assert pipeline.fit_transform(rows).shape == (400, 2)
    assert copy.deepcopy(pipeline).transform(rows).shape == (400, 2)


def test_extractor_and_pca_in_one_pipeline(extractor, photos, features):
    pipeline = make_pipeline(clone(extractor), fruits.Pca(2))
    assert np.array_equal(pipeline.fit_transform(photos), fruits.Pca(2).fit(features).transform(features))


def test_fits_go_to_the_command_and_back(features, fruits_command, fruits_env, data_dir, model_store, tmp_path):
    import subprocess

    run = fruits.run(data_dir / "golden/photos", tmp_path / "run", models=model_store, input_size=96, components=3)
    theirs = fruits.Pca.load(tmp_path / "run")
    ours = fruits.Pca(3).fit(features)
    assert np.array_equal(theirs.components_, ours.components_) and run.counts["components"] == 3
    ours.save(tmp_path / "saved")
    command = [fruits_command, "project", tmp_path / "run", "--fitted", tmp_path / "saved", "-o", tmp_path / "again"]
    subprocess.run([str(c) for c in command], env=fruits_env, check=True, capture_output=True)
    assert (tmp_path / "again/pca_result.csv").read_bytes() == (tmp_path / "run/pca_result.csv").read_bytes()
    again = fruits.Pca.from_files(*ours.to_files())
    assert np.array_equal(again.transform(features), ours.transform(features))
