"""The compose files, read by the libraries that `docker compose` and `docker stack deploy` read them with (tests/tools/compose_check)."""

import json
import os
import subprocess

import pytest

from support import go_tool

FILES = {"one machine": ["compose.yaml"], "a cluster on one machine": ["spark.yaml", "spark.local.yaml"]}


@pytest.fixture(scope="module")
def check(root_dir, deploy):
    program = go_tool.build(root_dir / "tests/tools/compose_check", "compose_check")

    def run(kind, *files, **environment):
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment}
        command = [program, kind, *(deploy / "docker" / file for file in files)]
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout), done.stderr

    return run


@pytest.fixture(params=FILES.values(), ids=FILES)
def services(request, check):
    return check("compose", *request.param)[0]["services"]


def test_no_service_may_more_than_it_needs(services):
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"] and "no-new-privileges:true" in service["security_opt"], name
        assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service), name
        assert "docker.sock" not in json.dumps(service), name


def test_what_is_written_is_in_volumes(services):
    """/tmp of an engine is noexec, whatever is asked for; Java runs what it unpacks in the cache."""
    for name, service in services.items():
        mounts = {volume["target"]: volume for volume in service["volumes"]}
        assert mounts["/var/cache/fruits"]["type"] == "volume", name
        tmp = [*service.get("tmpfs", []), *(target for target, volume in mounts.items() if volume["type"] == "tmpfs")]
        assert [entry.split(":")[0] for entry in tmp] == ["/tmp"] and "exec" not in tmp[0], name


def test_what_shares_a_volume_is_on_one_node(check):
    """A manager is not one node."""
    services = check("stack", "spark.yaml")[0]["services"]
    for name in ("history", "notebook", "master"):
        assert services[name]["deploy"]["placement"]["constraints"] == ["node.labels.fruits == driver"], name
    assert not services["worker"]["deploy"]["placement"].get("constraints")


def test_pages_are_for_this_machine_alone(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports and all(port["host_ip"] == "127.0.0.1" for port in ports)


def test_every_service_has_a_bound_of_memory(services):
    for name, service in services.items():
        limit = service.get("mem_limit") or service.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory")
        assert int(limit) >= 2**30, name


def test_photos_are_only_read(check):
    for name, service in check("compose", "compose.yaml", PHOTOS="/data/photos")[0]["services"].items():
        (photos,) = [volume for volume in service["volumes"] if volume["target"] == "/photos"]
        assert photos["source"] == "/data/photos" and photos["read_only"] is True, name


def test_results_are_in_a_folder_of_the_user_and_not_in_a_volume(check):
    """`down -v` removes volumes."""
    services = check("compose", "compose.yaml", RESULTS="/data/results")[0]["services"]
    for name, service in services.items():
        (results,) = [volume for volume in service["volumes"] if volume["target"] == "/results"]
        assert (results["type"], results["source"], results.get("read_only", False)) == ("bind", "/data/results", False), name
    assert services["notebook"]["environment"]["RESULTS"].startswith("/results/")


def test_no_page_tells_to_remove_volumes(root_dir, deploy):
    """They hold the edited notebooks."""
    page = (root_dir / "docs/deploy-docker.md").read_text()
    commands = page.split("```")[1::2] + [path.read_text() for path in (deploy / "docker").glob("*.yaml")]
    assert any("docker compose down" in command for command in commands)
    for command in commands:
        assert " down -v" not in command.replace("`down -v`", "")


def test_workers_are_as_many_as_asked_for(check):
    worker = check("compose", "spark.yaml", "spark.local.yaml", WORKERS="5", WORKER_CORES="4")[0]["services"]["worker"]
    assert worker["deploy"]["replicas"] == 5 and "container_name" not in worker and "hostname" not in worker
    assert worker["environment"]["WORKER_CORES"] == "4"


def test_a_swarm_takes_it_and_opens_nothing(check):
    stack, ignored = check("stack", "spark.yaml", REGISTRY="registry.example.org/")
    assert ignored == ""
    services = stack["services"]  # by name
    assert set(services) == {"master", "worker", "history", "notebook"}
    for name, service in services.items():
        assert not service.get("ports"), name
        assert service["image"].startswith("registry.example.org/fruits-")
        assert {secret["source"] for secret in service["secrets"]} == {"spark_auth", "aws"}
    assert stack["networks"]["spark"]["driver"] == "overlay"


def test_a_mistake_is_noticed(check, tmp_path, deploy):
    text = (deploy / "docker/spark.yaml").read_text().replace("endpoint_mode", "endpoint_mood")
    (tmp_path / "spark.yaml").write_text(text)
    for kind in ("compose", "stack"):
        with pytest.raises(AssertionError, match="endpoint_mood"):
            check(kind, tmp_path / "spark.yaml")
