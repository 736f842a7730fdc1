"""deploy/emr/bootstrap.sh and deploy/ec2/job.sh, on a made machine: what they call, in which order, and what a failure leads to."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from support.containers import CERTIFICATES, Container, build
from support.deploy_tools import read_yaml

SYSTEM = ("bash", "cat", "chmod", "cp", "cut", "date", "dirname", "env", "grep", "kill", "mkdir", "mktemp", "nproc", "rm", "sed", "seq", "sleep", "tail", "tee")
# Says what it was called with; fails where $FAIL names it. `aws s3 cp` from a bucket brings the files in $WHEELS.
FAKE = """#!/bin/bash
name=${0##*/}
echo "$name $*" >>"$CALLS"
case "$name $*" in
  "sudo "*) exec "$@" ;;
  "systemd-run "*) while [[ $1 == --* ]]; do shift; done; exec "$@" ;;
  "python3.11 -m venv "*) mkdir -p "$3/bin"; for p in python pip fruits; do cp "$0" "$3/bin/$p"; done ;;
  "aws s3 cp"*" s3://work-bucket/wheels/0a1b/ "*) cp "$WHEELS"/* "${@: -1}" ;;
  "aws s3 cp"*"fruits.log"*) cat "$FRUITS_LOG" >"$KEPT" ;;
  "aws secretsmanager"*) echo "secret-word" ;;
  "docker exec jupyterhub true") [[ $(grep -c 'docker exec jupyterhub true' "$CALLS") -ge 3 ]] ;;
  "docker exec -i jupyterhub chpasswd") cat >>"$CALLS" ;;
  "curl"*"/api/token"*) echo "a-token" ;;
  "curl"*"instance-id") echo "i-0123" ;;
esac && [[ "$name $*" != *${FAIL:-nothing at all}* ]] || exit
[[ "$name $*" != ${AT_WORK:-nothing at all}* ]] || exec sleep 600
"""


class Machine:
    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.prefix, self.wheels, self.calls_file = folder / "opt", folder / "wheels", folder / "calls"
        for path in (folder / "bin", self.wheels):
            path.mkdir()
        for name in ("requirements.txt", "fruits-0.1.0-cp311-cp311-linux_x86_64.whl"):
            (self.wheels / name).touch()
        for name in SYSTEM:
            (folder / "bin" / name).symlink_to(shutil.which(name))
        for name in ("sudo", "dnf", "aws", "python3.11", "docker", "curl", "shutdown", "systemd-run"):
            (folder / "bin" / name).write_text(FAKE)
            (folder / "bin" / name).chmod(0o755)

    def environment(self, **more) -> dict[str, str]:
        return {
            "PATH": str(self.folder / "bin"), "CALLS": str(self.calls_file), "WHEELS": str(self.wheels), "FRUITS_PREFIX": str(self.prefix),
            "FRUITS_LOG": str(self.folder / "log"), "KEPT": str(self.folder / "kept"), "FRUITS_PAUSE": "0", "HOME": str(self.folder),
            "TMPDIR": str(self.folder), **{name: str(value) for name, value in more.items()},
        }  # fmt: skip

    def run(self, *command, **environment) -> subprocess.CompletedProcess:
        env = self.environment(**environment)
        return subprocess.run([str(word) for word in command], env=env, cwd=self.folder, capture_output=True, text=True, timeout=60)

    def start(self, *command, **environment) -> subprocess.Popen:
        """In a process group of its own, as systemd has one for a unit."""
        env = self.environment(**environment)
        return subprocess.Popen([str(word) for word in command], env=env, cwd=self.folder, start_new_session=True)

    def calls(self) -> list[str]:
        lines = self.calls_file.read_text().splitlines() if self.calls_file.exists() else []
        return [line for line in lines if not line.startswith("sudo ")]


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.fixture
def bootstrap(machine, deploy):
    return lambda **environment: machine.run("bash", deploy / "emr/bootstrap.sh", "work-bucket", "eu-west-3", "wheels/0a1b", **environment)


@pytest.fixture
def job(machine, deploy):
    words = ["work-bucket", "wheels/0a1b", "s3://in/photos", "s3://out/results", "--glob", "*.jpg"]
    return lambda **environment: machine.run("bash", deploy / "ec2/job.sh", "eu-west-3", *words, **environment)


def test_a_node_gets_the_package(machine, bootstrap):
    done = bootstrap()
    assert done.returncode == 0, done.stderr
    calls = "\n".join(machine.calls())
    steps = ["dnf install -q -y python3.11", "aws s3 cp --region eu-west-3 --recursive", "python3.11 -m venv",
             "pip install .*--no-deps -r .*requirements.txt .*fruits-0.1.0", "pip check", "fruits models import efficientnet-lite0"]  # fmt: skip
    assert re.search(".*\n(.*\n)*.*".join(steps), calls), calls
    assert "--no-index" not in calls
    job = machine.run("bash", machine.prefix / "bin/fruits-job", "s3://in", "--output", "s3://out")
    assert job.returncode == 0, job.stderr
    assert re.search(r"fruits run --engine spark --master yarn .*spark.executor.cores=\d+ .* s3://in --output s3://out$", machine.calls()[-1])


@pytest.mark.parametrize("gib, yarn_mb", [(7.6, 6144), (15.4, 12288), (30.8, 24576)], ids=["c5.xlarge", "m5.xlarge", "r5.xlarge"])
def test_a_node_has_room_for_one_executor(machine, bootstrap, gib, yarn_mb):
    """And for the driver's container, in what YARN gives of a node with four cores; engines and Java have outside the heap what they need."""
    assert bootstrap().returncode == 0
    (machine.folder / "meminfo").write_text(f"MemTotal:  {int(gib * 2**20)} kB\nMemFree:  1 kB\n")
    (machine.folder / "bin/nproc").unlink()
    (machine.folder / "bin/nproc").write_text("#!/bin/bash\necho 4\n")
    (machine.folder / "bin/nproc").chmod(0o755)
    job = machine.run("bash", machine.prefix / "bin/fruits-job", "s3://in", "--output", "s3://out", FRUITS_MEMINFO=machine.folder / "meminfo")
    assert job.returncode == 0, job.stderr
    settings = dict(re.findall(r"--conf spark.executor.(\w+)=(\d+)", machine.calls()[-1]))
    heap, overhead = int(settings["memory"]), int(settings["memoryOverhead"])
    assert settings["cores"] == "4" and overhead == 4 * 700 + max(384, heap // 10)  # as test_memory.py has it of the other places
    assert heap >= 1024 and yarn_mb / 2 < heap + overhead <= yarn_mb - 896


def test_executors_are_as_large_as_core_nodes_where_the_primary_is_another(machine, deploy):
    done = machine.run("bash", deploy / "emr/bootstrap.sh", "work-bucket", "eu-west-3", "wheels/0a1b", "16", "32768")
    assert done.returncode == 0, done.stderr
    job = machine.run("bash", machine.prefix / "bin/fruits-job", "s3://in", "--output", "s3://out")
    assert job.returncode == 0, job.stderr
    settings = dict(re.findall(r"--conf spark.executor.(\w+)=(\d+)", machine.calls()[-1]))
    assert settings["cores"] == "16"
    assert int(settings["memory"]) + int(settings["memoryOverhead"]) == pytest.approx(0.95 * 0.58 * 32768, abs=3)


def test_a_network_without_an_index(machine, bootstrap):
    (machine.wheels / "complete").touch()
    assert bootstrap().returncode == 0
    assert any("--no-index" in call for call in machine.calls())


@pytest.mark.parametrize("step", ["dnf install", "aws s3 cp", "-m venv", "pip install", "pip check", "models import"])
def test_a_node_without_the_package_is_refused(bootstrap, step):
    """EMR ends a cluster whose bootstrap failed, rather than to run jobs that cannot work."""
    assert bootstrap(FAIL=step).returncode != 0


def test_the_notebooks_password(machine, bootstrap):
    assert bootstrap().returncode == 0
    done = machine.run("bash", machine.prefix / "bin/notebook-password", "arn:secret", "eu-west-3")
    assert done.returncode == 0, done.stderr
    assert machine.calls()[-1] == "jovyan:secret-word"
    assert "secret-word" not in done.stdout + done.stderr


def test_a_machine_runs_its_job_and_ends(machine, job):
    done = job()
    assert done.returncode == 0, done.stderr
    calls = machine.calls()
    assert calls[-1] == "shutdown -h now"
    assert calls[-2].endswith("s3://work-bucket/logs/ec2/i-0123/fruits.log")
    assert "fruits run s3://in/photos --output s3://out/results --glob *.jpg" in calls
    assert (machine.folder / "kept").read_text().endswith("exit code 0\n")


@pytest.mark.parametrize("step", ["dnf install", "/wheels/", "-m venv", "pip install", "pip check", "models import", "fruits run"])
def test_a_machine_ends_whatever_failed(machine, job, step):
    done = job(FAIL=step)
    assert done.returncode != 0
    calls = machine.calls()
    assert calls[-1] == "shutdown -h now" and calls.count("shutdown -h now") == 1
    assert re.search(r"exit code [1-9]\d*\n$", (machine.folder / "kept").read_text())
    if step != "fruits run":
        assert not [call for call in calls if call.startswith("fruits run")]


def test_a_machine_ends_without_s3(machine, job):
    """Where not even the log can be kept."""
    (machine.folder / "bin/sleep").unlink()
    (machine.folder / "bin/sleep").write_text("#!/bin/bash\n[[ $1 != 60 ]]\n")
    (machine.folder / "bin/sleep").chmod(0o755)
    assert job(FAIL="aws s3 cp").returncode != 0
    assert machine.calls()[-1] == "shutdown -h now"


def test_a_machine_that_goes_keeps_its_log(machine, deploy):
    """By its hours, or with its spot price: systemd tells all that run in the unit."""
    words = ["bash", deploy / "ec2/job.sh", "eu-west-3", "work-bucket", "wheels/0a1b", "s3://in/photos", "s3://out/results"]
    process = machine.start(*words, AT_WORK="fruits run")
    deadline = time.monotonic() + 60
    while not [call for call in machine.calls() if call.startswith("fruits run")]:
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(timeout=60) == 130
    assert machine.calls()[-1] == "shutdown -h now" and (machine.folder / "kept").read_text().endswith("exit code 130\n")


def user_data(deploy, values):
    template = read_yaml(deploy / "ec2/machine.yaml")["Resources"]["Launch"]
    text = template["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"]["Fn::Sub"]
    return re.sub(r"\$\{([A-Za-z:]+)\}", lambda found: values[found[1]], text)


@pytest.fixture
def told(machine, deploy, tmp_path):
    """Runs what the machine is told at its start, with a job that says its words."""
    values = {"AWS::Region": "eu-west-3", "WorkBucket": "work-bucket", "Wheels": "wheels/0a1b", "Input": "s3://in/photos", "Output": "s3://out/r", "MaxHours": "3",
              "JobOptions": "--components 3 --glob *.jpg"}  # fmt: skip
    text = user_data(deploy, values)
    assert text.startswith("#!/bin/bash\n")
    for there, here in {"/root/job.sh": tmp_path / "job.sh", "/dev/console": tmp_path / "console", "sleep 10": "sleep 0"}.items():
        assert there in text
        text = text.replace(there, str(here))

    def run(job_is_there=True, **environment):
        (tmp_path / "a.jpg").touch()  # which the pattern must not become
        if job_is_there:
            (tmp_path / "job.sh").write_text('echo "$*" >>"$CALLS"\n')
        return machine.run("bash", "-c", text, **environment)

    return run


def test_what_a_machine_is_told(machine, told, tmp_path):
    done = told()
    assert done.returncode == 0, done.stderr
    calls = machine.calls()
    assert calls[0] == "shutdown -h +180"  # before anything that can hang
    assert calls[1].endswith(f" s3://work-bucket/wheels/0a1b/job.sh {tmp_path / 'job.sh'}")
    assert calls[-1] == "eu-west-3 work-bucket wheels/0a1b s3://in/photos s3://out/r --components 3 --glob *.jpg"
    (unit,) = [call for call in calls if call.startswith("systemd-run ")]
    assert "--property=After=network-online.target" in unit  # so it is stopped before the network is
    assert "shutdown -h now" not in calls


def test_a_machine_that_gets_no_job_says_so(machine, told, tmp_path):
    """A role that was just made may not work yet: it tries for two minutes. Its console is all that is left of it then."""
    assert told(job_is_there=False, FAIL="aws s3 cp").returncode == 1
    calls = machine.calls()
    assert len([call for call in calls if call.startswith("aws s3 cp")]) == 12
    assert calls[-1] == "shutdown -h now" and not [call for call in calls if call.startswith("systemd-run")]
    assert "no s3://work-bucket/wheels/0a1b/job.sh after 12 tries" in (tmp_path / "console").read_text()


REAL_FAKE = """#!/bin/bash
case "${0##*/} $*" in
  "aws s3 cp"*"/wheels/0a1b/ "*) cp /wheels/*.whl "${@: -1}" && cp /lists/requirements-nodes.txt "${@: -1}/requirements.txt" ;;
  "aws s3 cp"*"fruits.log"*) cp "$FRUITS_LOG" /results/kept.log ;;
  shutdown*) echo off >>/results/shutdown ;;
esac
"""


@pytest.mark.slow
def test_a_machine_for_real(deploy, tmp_path):
    """The wheel, the pinned packages from PyPI, and the job; only Amazon's own programs are made up."""
    fakes, results = tmp_path / "fakes", tmp_path / "results"
    for folder in (fakes, results):
        folder.mkdir()
    for name in ("dnf", "aws", "shutdown", "curl"):
        (fakes / name).write_text(REAL_FAKE)
        (fakes / name).chmod(0o755)
    binds = {fakes: "/fakes", results: "/results", deploy / "aws": "/lists", deploy / "ec2": "/ec2"}
    env = {"PATH": "/fakes:/usr/bin:/bin", "FRUITS_PREFIX": "/var/cache/fruits/package", "FRUITS_LOG": "/tmp/log", "HOME": "/tmp", "PIP_CERT": CERTIFICATES}
    one = Container(build(deploy / "docker/Dockerfile", "wheel"), binds=binds, read_only=("/lists", "/ec2"), env=env, user="0:0")
    try:
        assert one.execute("/opt/fruits/bin/fruits", "samples", "/results/photos", "--kinds", "3", "--photos", "4").returncode == 0
        words = ["eu-west-3", "work-bucket", "wheels/0a1b", "/results/photos", "/results/out", "--components", "3", "--input-size", "32"]
        done = one.execute("bash", "/ec2/job.sh", *words)
        log = (results / "kept.log").read_text()
        assert done.returncode == 0 and log.endswith("exit code 0\n"), log[-3000:]
        assert (results / "shutdown").read_text() == "off\n" and (results / "out/run.json").exists()
    finally:
        one.remove()
