"""The images, built for real from their Dockerfile and run as compose.yaml and spark.yaml run them: on a read-only root, as a user without
rights, in networks of their own. A first build takes a quarter of an hour of a core, later ones what changed."""

import contextlib
import csv
import json
import os
import shutil
import time

import pytest

from support.containers import Container, Pod, base_name, build, config, size_megabytes

pytestmark = pytest.mark.slow
SMALL = ["--input-size", "32", "--components", "3", "--max-rejected", "20%"]
START_SECONDS = 300


@pytest.fixture(scope="session", autouse=True)
def tools():
    for name in ("buildah", "debootstrap"):
        assert shutil.which(name), f"{name} is missing: install what tools/debian-packages-dev.txt names"
    assert os.geteuid() == 0, "a chroot in namespaces takes root"


@pytest.fixture(scope="session")
def dockerfile(deploy):
    return deploy / "docker/Dockerfile"


@pytest.fixture(scope="session")
def engine(dockerfile):
    return build(dockerfile, "engine")


@pytest.fixture(scope="session")
def jupyter(dockerfile):
    return build(dockerfile, "jupyter")


@pytest.fixture(scope="session")
def spark(dockerfile, jupyter):
    return build(dockerfile, "spark")


@pytest.fixture
def container():
    """Makes containers and removes them."""
    with contextlib.ExitStack() as stack:

        def make(*words, **names):
            made = Container(*words, **names)
            stack.callback(made.remove)
            return made

        yield make


@pytest.fixture(scope="session")
def photos(engine, tmp_path_factory):
    """Rendered by the image itself, and one that is none."""
    folder = tmp_path_factory.mktemp("container-photos")
    folder.chmod(0o777)
    one = Container(engine, binds={folder: "/photos"})
    done = one.run("samples", "/photos/fruit", "--kinds", "4", "--photos", "6")
    one.remove()
    assert done.returncode == 0, done.stderr
    (folder / "fruit/broken.jpg").write_text("no photo")
    return folder


@pytest.fixture
def results(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    os.chown(folder, 1000, 1000)
    return folder


@pytest.fixture(scope="session")
def one_machine(engine, photos, tmp_path_factory):
    """What the chain gives in the engine's image."""
    folder = tmp_path_factory.mktemp("container-results")
    os.chown(folder, 1000, 1000)
    one = Container(engine, binds={photos: "/photos", folder: "/results"}, read_only=("/photos",))
    done = one.run("run", "/photos", "-o", "/results", *SMALL)
    one.remove()
    assert done.returncode == 0, done.stderr
    return folder


def rows(results):
    return list(csv.DictReader((results / "pca_result.csv").open(newline="")))


def test_the_chain_in_the_engine(one_machine):
    run = json.loads((one_machine / "run.json").read_text())
    assert len(rows(one_machine)) == run["counts"]["features"] == 24 and run["counts"]["rejected"] == 1
    assert {path.stat().st_uid for path in one_machine.rglob("*")} == {1000}


def test_it_is_small(engine, dockerfile):
    """Without the base, which here is not the registry's."""
    assert size_megabytes(engine) - size_megabytes(base_name(dockerfile)) < 350


def test_nothing_is_written_but_where_it_may(container, engine):
    one = container(engine)
    done = one.execute("sh", "-c", "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; touch /opt/fruits/x /etc/x; ls /tmp")
    assert done.stdout.split() == ["1000", "CapEff:", "0" * 16, "CapBnd:", "0" * 16, "NoNewPrivs:", "1"]
    assert done.stderr.count("Read-only file system") == 2


def test_any_user_may_own_the_results(container, engine, photos, results):
    os.chown(results, 4321, 4321)
    one = container(engine, binds={photos: "/photos", results: "/results"}, read_only=("/photos",), user="4321:4321")
    done = one.run("run", "/photos", "-o", "/results", *SMALL)
    assert done.returncode == 0, done.stderr
    assert (results / "run.json").stat().st_uid == 4321


def test_without_a_cache_too(container, engine, photos, results):
    one = container(engine, binds={photos: "/photos", results: "/results"}, read_only=("/photos",), writable=())
    done = one.run("run", "/photos", "-o", "/results", *SMALL)
    assert done.returncode == 0, done.stderr


def test_its_health(container, engine, tmp_path):
    assert config(engine)["User"] == "1000:1000"
    one = container(engine)
    assert one.execute(*one.health_words()).returncode == 0
    broken = tmp_path / "models/efficientnet-lite0"
    broken.mkdir(parents=True)
    (broken / "bundle.json").write_text("{}")
    sick = container(engine, binds={tmp_path / "models": "/opt/fruits/models"})
    assert sick.execute(*sick.health_words()).returncode != 0


def wait_until(what, seconds=START_SECONDS, running=()):
    deadline = time.monotonic() + seconds
    while not (found := what()):
        for process in running:
            assert process.poll() is None, process.log.read_text()[-3000:]
        assert time.monotonic() < deadline, [process.log.read_text()[-3000:] for process in running]
        time.sleep(1)
    return found


class Stack:
    """spark.yaml on one machine: a network of its own, an address for each container, the secret in each."""

    ADDRESSES = {"master": "127.0.0.2", "history": "127.0.0.3", "notebook": "127.0.0.4", "worker-1": "127.0.0.5", "worker-2": "127.0.0.6"}

    def __init__(self, container, images, photos, results, folder):
        for name in ("events", "secrets"):
            (folder / name).mkdir()
            os.chown(folder / name, 1000, 1000)
        (folder / "secrets/spark_auth").write_text("a secret of the stack\n")
        self.folder, self._container, self._images = folder, container, images
        self._shared = {photos: "/photos", results: "/results", folder / "events": "/events"}
        self.containers, self.processes = {}, {}

    def make(self, name, role="worker", secret="spark_auth", **env):
        binds = {**self._shared, **({self.folder / "secrets" / secret: "/run/secrets/spark_auth"} if secret else {})}
        image = self._images["jupyter" if role == "jupyter" else "spark"]
        return self._container(image, binds=binds, read_only=("/photos",), env=env, hostname=name, hosts=self.ADDRESSES, pod=self.pod)

    def __enter__(self):
        self._exit = contextlib.ExitStack()
        self.pod = self._exit.enter_context(Pod())
        daemon = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_MASTER": "spark://master:7077"}
        worker = {**daemon, "WORKER_CORES": "1", "WORKER_MEMORY": "1g", "WORKER_DIR": "/tmp/work"}
        try:
            self._start("master", "master", daemon)
            self._start("history", "history", daemon)
            for number in (1, 2):
                self._start(f"worker-{number}", "worker", {**worker, "SPARK_LOCAL_IP": self.ADDRESSES[f"worker-{number}"]})
            self._start("notebook", "jupyter", {"JUPYTER_TOKEN": "token", "MASTER": "spark://master:7077"})
        except BaseException:
            self._exit.close()
            raise
        return self

    def __exit__(self, *_):
        self._exit.close()

    def _start(self, name, role, env):
        self.containers[name] = self.make(name, role, **env)
        self.processes[name] = self._exit.enter_context(self.containers[name].start(role))

    def exec(self, name, *words):
        return self.containers[name].execute_in(self.processes[name], *words)

    def healthy(self, name):
        return self.exec(name, *self.containers[name].health_words()).returncode == 0

    def ask(self, url):
        code = f"import urllib.request as r; print(r.build_opener(r.ProxyHandler({{}})).open('{url}', timeout=20).read().decode())"
        done = self.exec("notebook", "python", "-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def stack(container, spark, jupyter, photos, results, tmp_path):
    with Stack(container, {"spark": spark, "jupyter": jupyter}, photos, results, tmp_path) as running:
        wait_until(lambda: all(map(running.healthy, running.containers)), running=running.processes.values())
        wait_until(lambda: running.ask("http://master:8080/json/")["aliveworkers"] == 2)
        yield running


ON_CLUSTER = ["--engine", "spark", "--master", "spark://master:7077", "--conf", "spark.executor.memory=512m"]


def test_the_chain_on_a_cluster(stack, results, one_machine):
    done = stack.exec("notebook", "fruits", "run", "/photos", "-o", "/results", *SMALL, *ON_CLUSTER)
    assert done.returncode == 0, done.stderr[-4000:]
    for name in ("pca_result.csv", "rejected.csv"):
        assert (results / name).read_bytes() == (one_machine / name).read_bytes(), name
    (application,) = wait_until(lambda: stack.ask("http://history:18080/api/v1/applications"))
    assert application["name"].startswith("fruits run")
    assert stack.ask("http://master:8080/json/")["completedapps"], "it ran on the cluster"

    # Without the secret nobody may use the cluster, not even from inside its network.
    (stack.folder / "secrets/other").write_text("another secret\n")
    for secret in (None, "other"):
        stranger = stack.make("stranger", secret=secret)
        words = ["fruits", "run", "/photos", "-o", "/tmp/results", *SMALL, *ON_CLUSTER, "--conf", "spark.driver.host=127.0.0.1"]
        refused = stranger.run(*words, timeout=300)
        assert refused.returncode != 0, secret
    assert len(stack.ask("http://master:8080/json/")["completedapps"]) == 1

    # The page of the notebook wants its token.
    with pytest.raises(AssertionError, match="403"):
        stack.ask("http://notebook:8888/api/contents")
    listed = stack.ask("http://notebook:8888/api/contents?token=token")
    assert [one["name"] for one in listed["content"]] == ["photos_to_components.ipynb"]


def test_the_notebook_in_its_image(container, jupyter, photos, results):
    env = {"PHOTOS": "/photos", "RESULTS": "/results/notebook", "MASTER": "local[2]", "SPARK_LOCAL_IP": "127.0.0.1"}
    one = container(jupyter, binds={photos: "/photos", results: "/results"}, read_only=("/photos",), env=env)
    words = ["jupyter-nbconvert", "--to", "notebook", "--execute", "--output-dir", "/results", "photos_to_components.ipynb"]
    done = one.run(*words)
    assert done.returncode == 0, done.stderr[-4000:]
    (table,) = (results / "notebook/pca_result.csv").glob("*.csv")
    assert len(list(csv.DictReader(table.open(newline="")))) == 24


def test_an_empty_secret_is_refused(container, spark, tmp_path):
    (tmp_path / "secret").touch()
    done = container(spark, binds={tmp_path / "secret": "/run/secrets/spark_auth"}).run("master")
    assert done.returncode == 2 and "openssl rand" in done.stderr


def test_s3a_is_in_the_image(container, spark):
    """Its jars, with what they need: a call to a port where nobody listens gets as far as the connection."""
    conf = {"endpoint": "http://127.0.0.1:9", "path.style.access": "true", "attempts.maximum": "1", "retry.limit": "0",
            "access.key": "k", "secret.key": "s", "endpoint.region": "us-east-1"}  # fmt: skip
    code = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.master('local[1]')"
    code += "".join(f".config('spark.hadoop.fs.s3a.{name}', '{value}')" for name, value in conf.items())
    code += ".config('spark.hadoop.fs.s3a.aws.credentials.provider', 'org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider')"
    code += ".getOrCreate()\nspark.read.format('binaryFile').load('s3a://bucket/a').count()"
    done = container(spark, env={"SPARK_LOCAL_IP": "127.0.0.1"}).run("python", "-c", code, timeout=600)
    assert done.returncode != 0 and "ClassNotFound" not in done.stderr and "NoClassDefFound" not in done.stderr
    assert "Connection refused" in done.stderr or "Unable to execute HTTP request" in done.stderr, done.stderr[-3000:]


def test_help_says_what_the_image_does(container, spark):
    done = container(spark).run()
    assert done.returncode == 0 and "master | worker | history" in done.stdout


