"""A run on a made-up Kubernetes: its interface records, its node runs the image's pods, so driver and executors are Spark's own."""

import csv
import io
import os
import subprocess
import sys

import pytest

from support.containers import build
from support.deploy_tools import read_documents
from support.kubelet import Kubelet
from support.kubernetes_api import KubernetesApi
from support.s3_server import VersityGw, free_port
from support.spark_settings import spark_environment
from support.spark_submit import outer_environment

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path, fruits_command, fruits_env):
    with VersityGw(tmp_path) as running:
        photos = tmp_path / "photos"
        subprocess.run([fruits_command, "samples", photos, "--kinds", "4", "--photos", "6"], env=fruits_env, check=True, capture_output=True)
        for bucket in ("photos", "results"):
            running.make_bucket(bucket)
        running.upload_tree(photos, "photos", "fruit")
        yield running


def test_a_run_with_the_rights_that_it_has(server, deploy, tmp_path):
    image = build(deploy / "docker/Dockerfile", "spark")
    access = {name: value for name, value in server.environment({}).items() if name.startswith("AWS_") and "FILE" not in name}
    (tmp_path / "node").mkdir()
    settings = {
        # As the API is a plain one on loopback, and ports are this machine's.
        "spark.kubernetes.driver.master": None,
        "spark.driver.port": free_port(), "spark.driver.blockManager.port": free_port(), "spark.ui.enabled": "false",
        "spark.kubernetes.executor.enableApiWatcher": "false", "spark.kubernetes.executor.apiPollingInterval": "2s",
        "spark.kubernetes.submission.waitAppCompletion": "false",
        "spark.executor.cores": 1, "spark.executor.memory": "512m", "spark.executor.memoryOverhead": "1g", "spark.driver.memory": "512m",
    }  # fmt: skip
    with KubernetesApi() as api, Kubelet(api, image, {"fruits-s3": access}, tmp_path / "node") as node:
        settings["spark.kubernetes.driver.master"] = api.url  # without k8s://, as its default
        words = ["--image", "registry.example.org/fruits-spark:0.1.0", "--master", f"k8s://{api.url}", "--max-executors", "2"]
        words += [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        job = ["s3://photos/fruit", "s3://results/run", "--", "--input-size", "32", "--components", "3"]
        env = {**outer_environment(), **spark_environment(), "KUBECONFIG": os.devnull}
        done = subprocess.run([sys.executable, deploy / "kubernetes/submit", *words, *job], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-3000:]
        submitting = len(api.requests)
        code = node.wait("-driver")
        assert code == 0, "\n".join(f"== {name}\n{log.read_text()[-12000:]}" for name, log in node.outputs.items())
        executors = [name for name in node.pods if "-exec-" in name]
        used = set(api.requests[submitting:])
        left = [one["metadata"]["name"] for one in api.made("pods") if "-exec-" in one["metadata"]["name"]]
    rows = list(csv.DictReader(io.StringIO(server.read("results", "run/pca_result.csv").decode())))
    assert len(rows) == 24
    assert 1 <= len(executors) <= 2 and left == []
    (role,) = [one for one in read_documents(deploy / "kubernetes/base/accounts.yaml") if one["kind"] == "Role"]
    allowed = {(verb, kind) for rule in role["rules"] for kind in rule["resources"] for verb in rule["verbs"]}
    print("used:", sorted(used), "not used:", sorted(allowed - used))
    assert used <= allowed
