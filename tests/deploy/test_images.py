"""Dockerfiles, shell scripts and lists of versions: what can be seen without building anything."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree

import pytest

from support.deploy_tools import run_tool
from support.hadoop_settings import HADOOP
from support.spark_settings import AWS_SDK, spark_environment

PIN = re.compile(r"([A-Za-z0-9_.-]+)==(\S+)")


def pins(*files):
    lines = [line for file in files for line in file.read_text().splitlines() if line and not line.startswith("#")]
    assert all(PIN.fullmatch(line) for line in lines), [line for line in lines if not PIN.fullmatch(line)]
    return {name.lower().replace("_", "-"): version for name, version in (PIN.fullmatch(line).groups() for line in lines)}


@pytest.mark.parametrize("name", ["docker/Dockerfile", "emr/serverless.Dockerfile"])
def test_dockerfiles(deploy, name):
    done = run_tool("hadolint", "--failure-threshold", "warning", deploy / name)
    assert done.returncode == 0, done.stdout


def test_shell_scripts(deploy):
    scripts = sorted(deploy.glob("*/*.sh"))
    assert len(scripts) >= 4
    done = run_tool("shellcheck", *scripts)
    assert done.returncode == 0, done.stdout


def test_the_base_is_pinned(deploy):
    text = (deploy / "docker/Dockerfile").read_text()
    assert re.search(r"(?m)^ARG DEBIAN=debian:bookworm-\d{8}-slim@sha256:[0-9a-f]{64}$", text)
    stages = re.findall(r"(?m)^FROM (\S+) AS (\w+)$", text)
    assert {base for base, _ in stages} == {"${DEBIAN}", "spark"}


def test_every_image_runs_as_a_user_and_says_whether_it_is_well(deploy):
    text = (deploy / "docker/Dockerfile").read_text()
    for stage in ("engine", "spark", "jupyter"):
        body = re.search(rf"(?ms)^FROM \S+ AS {stage}$(.*?)(?=^FROM |\Z)", text)[1]
        assert re.findall(r"(?m)^USER (\S+)$", body)[-1] == "1000:1000"
        assert "HEALTHCHECK" in body
    assert "ADD " not in text and "curl " not in text


def test_what_is_copied_is_in_the_context(deploy, root_dir):
    allowed = re.findall(r"(?m)^!(\S+)$", (deploy / "docker/Dockerfile.dockerignore").read_text())
    text = re.sub(r"\\\n", " ", (deploy / "docker/Dockerfile").read_text())
    for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", text):
        for source in [word for word in line.split()[:-1] if not word.startswith("--")]:
            assert (root_dir / source).exists(), source
            assert any(source == entry or source.startswith(f"{entry}/") for entry in allowed), source


def test_what_the_build_reads_is_copied(deploy, root_dir):
    """A folder that CMake takes something from and that the image lacks is found here, not after half an hour of building."""
    copied = set(re.findall(r"^COPY (\w+) \1$", (deploy / "docker/Dockerfile").read_text(), re.M))
    files = [root_dir / "CMakeLists.txt", *(root_dir / "cmake").glob("*.cmake")]
    files += [file for folder in ("src", "apps", "python") for file in (root_dir / folder).rglob("CMakeLists.txt")]
    text = "\n".join(file.read_text() for file in files)
    read = set(re.findall(r"\$\{(?:CMAKE|PROJECT)_SOURCE_DIR\}/([\w]+)/", text)) | set(re.findall(r"add_subdirectory\((\w+)", (root_dir / "CMakeLists.txt").read_text()))
    assert {"src", "share", "cmake"} <= read
    assert read - copied <= {"tests", "bench"}  # not built in an image


def test_versions_are_those_that_are_tested(deploy, root_dir):
    tested = pins(root_dir / "requirements.txt", root_dir / "requirements-dev.txt")
    for name in ("docker/requirements-spark.txt", "docker/requirements-jupyter.txt", "aws/requirements-nodes.txt"):
        ours = pins(deploy / name)
        wrong = {package: version for package, version in ours.items() if tested.get(package, version) != version}
        assert wrong == {}, name
    nodes = pins(deploy / "aws/requirements-nodes.txt")
    runs = {package for package in pins(root_dir / "requirements.txt") if package != "nanobind"}
    assert runs <= set(nodes)


def test_jars_are_those_that_are_tested(deploy):
    root = xml.etree.ElementTree.parse(deploy / "docker/s3a/pom.xml").getroot()
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    assert root.findtext("m:properties/m:sdk", namespaces=space) == AWS_SDK
    versions = {d.findtext("m:artifactId", namespaces=space): d.findtext("m:version", namespaces=space)
                for d in root.findall("m:dependencies/m:dependency", space)}  # fmt: skip
    assert versions == {"hadoop-aws": HADOOP, **dict.fromkeys(("s3", "s3-transfer-manager", "sts", "kms"), "${sdk}")}


def test_the_version_is_the_packages(deploy, root_dir):
    version = re.search(r'(?m)^version = "(.*)"$', (root_dir / "pyproject.toml").read_text())[1]
    for name in ("docker/Dockerfile", "docker/compose.yaml", "docker/spark.yaml"):
        found = set(re.findall(r"fruits(?:-spark|-jupyter)?:(\d[\w.]*)|image.version=\"(.*?)\"", (deploy / name).read_text()))
        assert {one or other for one, other in found} == {version}, name


def test_java_needs_nothing_that_can_be_run_in_tmp(deploy):
    """With the image's settings Spark writes its log of events, for which zstd loads a library, where /tmp is as engines mount it."""
    text = (deploy / "docker/Dockerfile").read_text()
    assert "SPARK_DAEMON_JAVA_OPTS=-Djava.io.tmpdir=/var/cache/fruits" in text  # of master, worker and history server
    script = f"""
        mount -t tmpfs -o noexec,nosuid,nodev tmpfs /tmp
        mount -t tmpfs tmpfs /var/cache
        mkdir -p /var/cache/fruits /var/cache/events /tmp/conf
        sed "s|file:///events|file:///var/cache/events|" {deploy}/docker/spark-defaults.conf >/tmp/conf/spark-defaults.conf
        echo spark.eventLog.enabled true >>/tmp/conf/spark-defaults.conf
        {sys.executable} -c "from pyspark.sql import SparkSession as S; s = S.builder.getOrCreate(); print(s.range(9).count()); s.stop()"
        find /var/cache/events -type f -size +1k
    """
    namespaces = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "SPARK_CONF_DIR": "/tmp/conf", **spark_environment()}
    env["PYSPARK_SUBMIT_ARGS"] = "--master local[1] --conf spark.ui.enabled=false pyspark-shell"
    done = subprocess.run([*namespaces, "sh", "-ec", script], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.fullmatch(r"9\n\S+\.zstd\n", done.stdout), done.stdout
