"""An executor's memory outside Java's heap is reckoned the same way wherever it is set: 700 MB for each core's engine, and Java's share."""

import re

import pytest

from support.deploy_tools import read_yaml


@pytest.fixture(scope="module")
def least(root_dir):
    """As `fruits run --engine spark` has it, in MB of cores and heap."""
    text = (root_dir / "python/fruits/cli/spark_command.py").read_text()
    of_a_core, of_java = (int(re.search(rf"(?m)^{name} = (\d+)", text)[1]) for name in ("MEGABYTES_A_CORE", "LEAST_OF_JAVA_MB"))
    return lambda cores, heap: of_a_core * cores + max(of_java, heap // 10)


def megabytes(text):
    return int(text[:-1]) * {"m": 1, "g": 1024}[text[-1]]


def sizes(settings):
    """Cores, heap and overhead."""
    return int(settings["spark.executor.cores"]), megabytes(settings["spark.executor.memory"]), megabytes(settings["spark.executor.memoryOverhead"])


def test_of_a_notebooks_session(deploy, least):
    """On the smallest nodes with four cores YARN gives 6 GB of their 8, and the driver wants some."""
    found = read_yaml(deploy / "emr/cluster.yaml")["Resources"]["Cluster"]["Properties"]["Configurations"]
    (settings,) = [one["ConfigurationProperties"] for one in found if one.get("Classification") == "spark-defaults"]
    cores, heap, overhead = sizes(settings)
    assert overhead == least(cores, heap) and heap + overhead + 896 <= 6144


def test_on_kubernetes(deploy, least):
    """And all executors and drivers of the quota fit in it."""
    cores, heap, overhead = sizes(dict(re.findall(r"(?m)^(spark\S+)\s+(\S+)$", (deploy / "kubernetes/spark.conf").read_text())))
    assert overhead == least(cores, heap)
    (quota,) = re.findall(r"limits.memory: (\d+)Gi", (deploy / "kubernetes/base/limits.yaml").read_text())
    assert 16 * (heap + overhead) + 2 * 3 * 1024 <= int(quota) * 1024


def test_on_serverless(deploy, least):
    """Whose workers have whole GB."""
    settings = dict(re.findall(r'"(spark.executor.\w+)": "(\w+)"', (deploy / "emr/submit").read_text()))
    cores, heap, overhead = sizes(settings)
    assert least(cores, heap) <= overhead < least(cores, heap) + 1024 and (heap + overhead) % 1024 == 0
