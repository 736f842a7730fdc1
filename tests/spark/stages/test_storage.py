"""A fit by any of the command, Python and Spark is loaded by any other."""

import shutil

import fruits
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fruits.spark import FruitsPCA, FruitsPCAModel
from support.chain import Command, column
from support.compare import within
from support.spark_stages import matrix

BOUND = 1e-12  # the same fit on the same rows, written and read


@pytest.fixture(scope="module")
def command(fruits_command, model_store, fruits_env) -> Command:
    return Command(fruits_command, model_store, fruits_env)


@pytest.fixture(scope="module")
def rows(features) -> np.ndarray:
    return matrix(features, "features")


@pytest.fixture(scope="module")
def table(rows, tmp_path_factory):
    """The rows as a table that the command takes."""
    path = tmp_path_factory.mktemp("table") / "features.parquet"
    paths = [f"file:///{i:03}.jpg" for i in range(len(rows))]
    pq.write_table(pa.table({"path": paths, "features": pa.array(list(rows), pa.list_(pa.float64()))}), path)
    return path


@pytest.fixture(scope="module")
def by_command(command, table, tmp_path_factory):
    """A run's folder."""
    folder = tmp_path_factory.mktemp("command") / "results"
    command("fit", table, "--output", folder, "--components", "3")
    return folder


@pytest.fixture(scope="module")
def by_python(rows, tmp_path_factory):
    """A fitted/ folder."""
    folder = tmp_path_factory.mktemp("python") / "fitted"
    fruits.Pca(components=3).fit(rows).save(folder)
    return folder


@pytest.fixture(scope="module")
def by_spark(features, tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark") / "model"
    FruitsPCA(components=3, scaledCol="scaled").fit(features).save(str(folder))
    return folder


@pytest.fixture(params=["by_command", "by_python", "by_spark"])
def fit(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def expected(rows) -> np.ndarray:
    return fruits.Pca(components=3).fit(rows).transform(rows)


def test_loaded_by_python(fit, rows, expected):
    within(fruits.Pca.load(fit).transform(rows), expected, BOUND, "scores")


def test_loaded_by_the_command(fit, command, table, expected, tmp_path):
    command("project", table, "--fitted", fit, "--output", tmp_path / "out")
    within(column(tmp_path / "out/pca_result.parquet", "features_pca"), expected, BOUND, "scores")


def test_loaded_by_spark(fit, features, expected):
    model = FruitsPCAModel.load(str(fit))
    within(matrix(model.transform(features), "pca"), expected, BOUND, "scores")
    assert (model.getComponents(), model.pca.n_samples_, model.pca.moments_.count) == (3, 54, 54)


def test_what_spark_saves(by_spark, spark):
    found = spark.read.parquet(str(by_spark / "data"))
    assert found.schema.simpleString() == "struct<name:string,content:binary>"
    assert {row["name"] for row in found.collect()} == {"metadata.json", "tensors.safetensors"}
    assert FruitsPCAModel.load(str(by_spark)).getScaledCol() == "scaled"


def test_a_model_is_not_replaced_unless_asked(features, by_spark, tmp_path):
    model = FruitsPCA(components=2).fit(features)
    shutil.copytree(by_spark, tmp_path / "model")
    with pytest.raises(Exception, match="PATH_ALREADY_EXISTS"):
        model.save(str(tmp_path / "model"))
    model.write().overwrite().save(str(tmp_path / "model"))
    assert FruitsPCAModel.load(str(tmp_path / "model")).getComponents() == 2


def test_a_copy_has_the_fit(features):
    model = FruitsPCA(components=2).fit(features)
    copy = model.copy({model.outputCol: "scores"})
    assert copy.transform(features).columns == ["row", "features", "scores"]


def test_what_is_not_there_or_does_not_agree_is_said(by_command, tmp_path):
    with pytest.raises(FileNotFoundError, match="no fit is there"):
        FruitsPCAModel.load(str(tmp_path))
    shutil.copytree(by_command, tmp_path / "run")
    fruits.Pca(components=2).fit(np.random.default_rng(1).normal(size=(9, 3))).save(tmp_path / "run/fitted")
    with pytest.raises(ValueError, match="does not agree with its run.json"):
        FruitsPCAModel.load(str(tmp_path / "run"))


def test_the_command_says_what_a_damaged_model_lacks(by_spark, command, table, tmp_path):
    (tmp_path / "model/data").mkdir(parents=True)
    pq.write_table(pa.table({"name": ["metadata.json"], "content": [b"{}"]}), tmp_path / "model/data/part-0.parquet")
    done = command("project", table, "--fitted", tmp_path / "model", "--output", tmp_path / "out", exit_code=1)
    assert "holds no tensors.safetensors" in done.stderr
