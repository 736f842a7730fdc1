"""What the tests of Spark's stages share: the settings of a small session, and how to look at frames."""

import json
import os
import pathlib
import signal
import subprocess
import sys

import numpy as np

from support.compare import within

ROOT = pathlib.Path(__file__).parents[3]
TIMEOUT_S = 900  # of a machine with other work; alone it takes half a minute


def spark_environment(build_dir: pathlib.Path) -> dict[str, str]:
    """What the workers need to find the package and this interpreter."""
    return {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(build_dir / "python"), os.environ.get("PYTHONPATH")])),
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
    }


def session(builder):
    """The builder's session in small; failing tasks are part of the tests, so Spark says nothing of them."""
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "3",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.log.level": "ERROR",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def key(path: str) -> str:
    """A photo's name with its folder's, however Spark spells the rest."""
    return "/".join(path.split("/")[-2:])


def matrix(frame, column: str) -> np.ndarray:
    """A column's rows that are not null, by `row`."""
    rows = frame.where(f"{column} is not null").select("row", column).orderBy("row").collect()
    return np.array([list(row[column]) for row in rows])


def run_stages(way: str, build_dir: pathlib.Path, photo_paths: list[str], settings: dict, folder: pathlib.Path, *packages) -> dict:
    """What stages_job.py finds, as a "remote" or a "master"'s session, with these folders of packages first."""
    path = os.pathsep.join(map(str, [*packages, build_dir / "python", ROOT / "tests/python"]))
    given = json.dumps([way, photo_paths, settings, str(folder), str(folder / "notes")])
    client = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/spark/stages/stages_job.py"), given],
        env={**os.environ, **spark_environment(build_dir), "PYTHONPATH": path, "NO_PROXY": "127.0.0.1,localhost"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        start_new_session=True,
    )
    try:
        out, err = client.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(client.pid, signal.SIGKILL)  # the server is the client's child
        raise
    assert client.returncode == 0, err[-3000:]
    return json.loads(out.splitlines()[-1])


def assert_stages(found: dict, expected: dict[str, list[float]], folder: pathlib.Path) -> None:
    """The engine's features, each photo inferred once, and a fit that everybody reads."""
    import fruits

    assert found["features"] == expected
    assert (found["errors"], found["counted"], found["same"], found["input_size"]) == ([], 10, True, 96)
    # The store has no int8 form, so "auto" is what the model is; it is chosen on this side of a Connect server.
    name, values = found["auto"]
    assert values == expected[name]
    assert found["auto_without_store"].startswith("precision is 'auto': models must be here as well as on the workers: model ")
    rows = [found["features"][name] for name in sorted(found["features"])]
    fit = fruits.Pca.load(folder / "model")
    within(fit.eigenvalues_[:5], fruits.Pca(components=2).fit(rows).eigenvalues_[:5], 1e-10, "eigenvalues")
