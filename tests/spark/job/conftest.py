import shutil
import subprocess
import sys

import pytest

from support.spark_job import SMALL
from support.spark_settings import spark_conf
from support.spark_submit import outer_environment

@pytest.fixture(scope="session")
def photos(data_dir, tmp_path_factory):
    """300 real photos in ten folders of thirty, and a file that is none."""
    folder = tmp_path_factory.mktemp("photos")
    for copy in range(10):
        shutil.copytree(data_dir / "golden/photos", folder / str(copy))
    (folder / "4/mango/broken.jpg").write_text("no photo")
    return folder


@pytest.fixture(scope="session")
def command_line(fruits_command, fruits_env, model_store):
    """command_line(*arguments, cluster=None) runs `fruits`, with a cluster's settings where one is given."""

    def run(*arguments, cluster=None, conf=(), env=(), check=0):
        arguments = [str(a) for a in arguments]
        environment = dict(fruits_env)
        if cluster is not None:
            settings = {**spark_conf(), **cluster.conf(), "spark.executorEnv.PYTHONPATH": fruits_env["PYTHONPATH"]}
            settings |= {"spark.eventLog.enabled": "false", **dict(conf)}
            arguments += ["--engine", "spark", "--master", cluster.master]
            arguments += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
            environment = {**outer_environment(), **cluster.environment(), **environment, "PYSPARK_PYTHON": sys.executable}
        environment = {**environment, "FRUITS_MODELS": str(model_store), **dict(env)}
        done = subprocess.run([str(fruits_command), *arguments], env=environment, capture_output=True, text=True)
        assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-6000:]}"
        return done

    return run


@pytest.fixture(scope="session")
def one_machine(command_line, photos, tmp_path_factory):
    """The results of `fruits run` on this machine."""
    out = tmp_path_factory.mktemp("one") / "results"
    command_line("run", photos, "-o", out, *SMALL)
    return out
