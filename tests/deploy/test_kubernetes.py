"""deploy/kubernetes: manifests by Kubernetes's schemas, and what spark-submit really makes of the settings and pod templates."""

import json
import os
import shlex
import signal
import subprocess
import sys

import pytest

from support import go_tool
from support.deploy_tools import read_documents, read_yaml, run_tool
from support.kubernetes_api import KubernetesApi
from support.spark_settings import JAVA_OPTIONS, spark_environment
from support.spark_submit import outer_environment

KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.6.0"
IMAGE = "registry.example.org/fruits-spark:0.1.0"
IN, OUT = "s3://photos/fruits", "s3://results/fruits"


@pytest.fixture(scope="module")
def manifests(deploy, tmp_path_factory):
    program = go_tool.build(KUSTOMIZE, "kustomize")
    file = tmp_path_factory.mktemp("kustomize") / "all.yaml"
    file.write_text(subprocess.run([program, "build", deploy / "kubernetes/base"], capture_output=True, text=True, check=True).stdout)
    return file


@pytest.fixture
def submit(deploy):
    def run(*words, check=0, env=None):
        command = [sys.executable, str(deploy / "kubernetes/submit"), *map(str, words)]
        # Of a shell's background job, Ctrl-C would be ignored.
        heard = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
        done = subprocess.run(command, env=env or os.environ, capture_output=True, text=True, timeout=600, preexec_fn=heard)
        assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr[-3000:]}"
        return done

    return run


def of_kind(manifests, kind):
    return [one for one in read_documents(manifests) if one["kind"] == kind]


def validate(*files):
    done = run_tool("kubernetes-validate", "--strict", "-k", "1.37.0", *files)
    assert done.returncode == 0 and "ERROR" not in done.stdout + done.stderr, done.stdout + done.stderr


def test_schemas(manifests, deploy):
    validate(manifests, deploy / "kubernetes/driver-pod.yaml", deploy / "kubernetes/executor-pod.yaml")


def test_a_mistake_is_noticed(manifests, tmp_path):
    (tmp_path / "wrong.yaml").write_text(manifests.read_text().replace("podSelector", "podSelektor", 1))
    done = run_tool("kubernetes-validate", "--strict", "-k", "1.37.0", tmp_path / "wrong.yaml")
    assert done.returncode != 0


def test_everything_is_in_the_namespace(manifests):
    for one in read_documents(manifests):
        assert one["kind"] == "Namespace" or one["metadata"]["namespace"] == "fruits"
    (namespace,) = of_kind(manifests, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_least_rights(manifests):
    """Of the driver: pods, their settings, its own service. Of executors: none. No secrets, nothing outside the namespace."""
    assert not of_kind(manifests, "ClusterRole") and not of_kind(manifests, "ClusterRoleBinding")
    (role,) = of_kind(manifests, "Role")
    for rule in role["rules"]:
        assert rule["apiGroups"] == [""] and set(rule["resources"]) <= {"pods", "configmaps", "services"}
        assert "*" not in rule["verbs"] + rule["resources"]
    (binding,) = of_kind(manifests, "RoleBinding")
    assert [subject["name"] for subject in binding["subjects"]] == ["fruits-driver"]
    assert all(account["automountServiceAccountToken"] is False for account in of_kind(manifests, "ServiceAccount"))


@pytest.mark.parametrize("name", ["driver", "executor"])
def test_pods_fit_the_restricted_standard(deploy, name):
    spec = read_yaml(deploy / f"kubernetes/{name}-pod.yaml")["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    context = container["securityContext"]
    assert context == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec) and all("emptyDir" in volume for volume in spec["volumes"])
    assert container["envFrom"] == [{"secretRef": {"name": "fruits-s3", "optional": True}}]


@pytest.mark.parametrize(
    "words, said",
    [
        ([IN, OUT], "--image"),
        (["--image", "fruits-spark", IN, OUT], "with its tag or digest"),
        (["--image", IMAGE, "/photos", OUT], "an address that every pod reaches"),
        (["--image", IMAGE, "--max-executors", "0", IN, OUT], "expected 1 to 1000"),
        (["--image", IMAGE, "--max-executors", "2", "--min-executors", "3", IN, OUT], "more than --max-executors 2"),
        (["--image", IMAGE, "--conf", "spark.x", IN, OUT], "expected KEY=VALUE"),
        (["--image", IMAGE, "--conf", "=x", IN, OUT], "'=x': expected KEY=VALUE"),
        (["--image", IMAGE, "--master", "local[2]", IN, OUT], "'local[2]': expected k8s://https://HOST:PORT"),
        (["--image", IMAGE, "--master", "foo", IN, OUT], "'foo': expected k8s://"),
        (["--image", IMAGE, "s3://a b/photos", OUT], "'s3://a b/photos': expected an address"),
        (["--image", IMAGE, IN, OUT, "--", "--master=local"], "--master=local: set by this command"),
        (["--image", IMAGE, IN, OUT, "--", "--engine", "spark"], "--engine: set by this command"),
        (["--image", IMAGE, IN, OUT, "--", "--output", OUT], "--output: set by this command"),
        (["--image", IMAGE, IN, OUT, "--", "--conf", "a=b"], "give it before --"),
        (["--image", IMAGE, IN, OUT, "--", "--log-format", "json"], "Spark has metrics and logs of its own"),
        (["--image", IMAGE, IN, OUT, "--", "--plots", "png"], "fruits.plot draws"),
        (["--image", IMAGE, IN, OUT, "--", "--dry-run"], "--dry-run: an option of this command: give it before --"),
        (["--image", IMAGE, IN, OUT, "--", "photos"], "photos: expected only options"),
    ],
)
def test_wrong_usage_is_refused(submit, words, said):
    done = submit("--master", "k8s://https://127.0.0.1:1", *words, check=2)
    assert said in done.stderr and "Traceback" not in done.stderr


def test_a_dry_run_prints_the_command(submit):
    words = ["--image", IMAGE, "--master", "k8s://https://k.example.org:6443", "--max-executors", 4, "--conf", "spark.a=b c", "--dry-run", IN, OUT]
    done = submit(*words, "--", "--components", 5)
    command = shlex.split(done.stdout)
    assert command[0].endswith("/bin/spark-submit") and command[command.index("--master") + 1] == "k8s://https://k.example.org:6443"
    assert "spark.dynamicAllocation.maxExecutors=4" in command and "spark.a=b c" in command
    job = command.index("local:///opt/fruits/job.py")
    assert command[job + 1 :] == [IN, "--output", OUT, "--models", "/opt/fruits/models", "--components", "5"]


@pytest.fixture
def made_up(submit, tmp_path):
    """Runs `submit` with a spark-submit and a kubectl that say and give what they are told; gives what they were called with too."""
    calls = tmp_path / "calls"
    for name, folder in {"spark-submit": "spark/bin", "kubectl": "bin"}.items():
        (tmp_path / folder).mkdir(parents=True)
        program = tmp_path / folder / name
        variable = name.replace("-", "_").upper()
        program.write_text(f'#!/bin/sh\necho {name} "$@" >>{calls}\necho "$SAID_{variable}" >&2\nprintf "$OUT_{variable}"\nexit ${{{variable}:-0}}\n')
        program.chmod(0o755)

    def run(*words, check, path="bin", master=("--master", "k8s://https://k.example.org"), **variables):
        env = {"PATH": f"{tmp_path / path}:/nonexistent", "SPARK_HOME": str(tmp_path / "spark"), **variables}
        done = submit("--image", IMAGE, *master, *words, IN, OUT, check=check, env=env)
        return done, [shlex.split(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    return run


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_exit_code_is_the_drivers(made_up, code):
    """spark-submit's is 0 whatever the driver did."""
    _, ((_, *spark), (_, *kubectl)) = made_up(check=code, OUT_KUBECTL=str(code))
    (label,) = [word for word in spark if word.startswith("spark.kubernetes.driver.label.fruits/run=")]
    run = label.partition("=")[2]
    assert kubectl[:4] == ["--server", "https://k.example.org", "--namespace", "fruits"]
    assert kubectl[kubectl.index("--selector") + 1] == f"fruits/run={run},spark-role=driver"


def test_an_exit_code_that_nobody_knows(made_up):
    done, _ = made_up(check=1)
    assert "the driver ended without an exit code" in done.stderr
    done, _ = made_up(check=1, KUBECTL="1", SAID_KUBECTL="Unauthorized")
    assert done.stderr.strip().endswith("submit: how the driver ended is not known: Unauthorized")


def test_a_failed_submission_asks_for_no_driver(made_up):
    assert [words[0] for words in made_up(check=7, SPARK_SUBMIT="7")[1]] == ["spark-submit"]


def test_the_image_keeps_its_python(made_up, tmp_path):
    """spark-submit would send the driver the one that this machine's sessions use."""
    (tmp_path / "spark/bin/spark-submit").write_text('#!/bin/sh\necho python "$PYSPARK_PYTHON$PYSPARK_DRIVER_PYTHON" >>$CALLS\nexit 7\n')
    python = {"PYSPARK_PYTHON": "/home/me/python", "PYSPARK_DRIVER_PYTHON": "/home/me/python"}
    assert made_up(check=7, CALLS=str(tmp_path / "calls"), **python)[1] == [["python"]]


def test_control_c_says_what_goes_on(made_up, tmp_path):
    (tmp_path / "spark/bin/spark-submit").write_text('#!/bin/sh\necho spark-submit "$@" >>$CALLS\nkill -INT $PPID\nexec /bin/sleep 60\n')
    done, ((_, *spark),) = made_up(check=130, CALLS=str(tmp_path / "calls"))
    (label,) = [word for word in spark if word.startswith("spark.kubernetes.driver.label.fruits/run=")]
    where = "kubectl --server https://k.example.org --namespace fruits"
    selector = f"--selector fruits/run={label.partition('=')[2]},spark-role=driver"
    assert f"to end it: {where} delete pods {selector}\n" in done.stderr and f"To see it: {where} logs --follow {selector};" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_kubectl_nothing_is_begun(made_up):
    done, calls = made_up(check=1, path="none")
    assert "kubectl is missing" in done.stderr and calls == []
    _, ((name, *_),) = made_up("--conf", "spark.kubernetes.submission.waitAppCompletion=False", check=0, path="none")
    assert name == "spark-submit"


def test_where_the_driver_is_looked_for(made_up):
    _, (_, kubectl) = made_up("--conf", "spark.kubernetes.namespace=other", check=0, master=("--master", "k8s://k:6443"), OUT_KUBECTL="0")
    assert kubectl[1:5] == ["--server", "https://k:6443", "--namespace", "other"]


@pytest.fixture(scope="module")
def submitted(deploy):
    """What is on the cluster when spark-submit has done its work."""
    with KubernetesApi() as api:
        words = ["--image", IMAGE, "--master", f"k8s://{api.url}", "--conf", "spark.kubernetes.submission.waitAppCompletion=false"]
        env = {**outer_environment(), **spark_environment(), "KUBECONFIG": os.devnull, "SPARK_SUBMIT_OPTS": JAVA_OPTIONS}
        done = subprocess.run([sys.executable, deploy / "kubernetes/submit", *words, IN, OUT], env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-4000:]
        yield api


def test_what_spark_makes_is_right(submitted, tmp_path):
    for kind in ("pods", "services", "configmaps"):
        for number, one in enumerate(submitted.made(kind)):
            one = {key: value for key, value in one.items() if key != "status"}
            (tmp_path / f"{kind}-{number}.yaml").write_text(json.dumps(one))
    assert len(submitted.made("pods")) == 1 and len(submitted.made("services")) == 1 and submitted.made("configmaps")
    assert submitted.namespaces == {"fruits"}
    validate(*sorted(tmp_path.glob("*.yaml")))


def test_the_driver(submitted):
    (pod,) = submitted.made("pods")
    spec = pod["spec"]
    assert spec["serviceAccountName"] == "fruits-driver" and spec["automountServiceAccountToken"] is True
    (driver,) = spec["containers"]
    assert driver["image"] == IMAGE and driver["securityContext"]["readOnlyRootFilesystem"] is True
    assert driver["args"][0] == "driver" and "local:///opt/fruits/job.py" in driver["args"]
    assert driver["resources"]["limits"]["memory"] == "3072Mi" and driver["resources"]["limits"]["cpu"] == "2"
    mounts = {mount["mountPath"] for mount in driver["volumeMounts"]}
    assert {"/tmp", "/var/cache/fruits", "/opt/spark/conf"} <= mounts
    labels = pod["metadata"]["labels"]
    assert labels["spark-role"] == "driver"  # by which the network policy knows it
    assert len(labels["fruits/run"]) == 12  # by which its exit code is asked for


def test_settings_reach_the_driver(submitted):
    text = "\n".join(text for one in submitted.made("configmaps") for text in one.get("data", {}).values())
    for setting in ("spark.dynamicAllocation.enabled=true", "spark.dynamicAllocation.shuffleTracking.enabled=true",
                    "spark.dynamicAllocation.minExecutors=1", "spark.dynamicAllocation.maxExecutors=8",
                    "spark.executor.memoryOverhead=3184m", "spark.authenticate=true"):  # fmt: skip
        assert setting in text, setting
    assert "component: executor" in text or '"executor"' in text, "the executors' template goes along"
