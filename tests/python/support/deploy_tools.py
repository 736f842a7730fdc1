"""Linters, schemas and a made-up AWS for the tests of deploy/: an environment of their own in the tests' cache.

    run_tool("cfn-lint", template)
    template = read_yaml(path)["Resources"]
    with AwsServer(tmp_path) as aws:
        subprocess.run([up, ...], env=aws.environment())
"""

import functools
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

from support.daemons import die_with_parent
from support.kept import call, kept
from support.s3_server import free_port

LISTS = pathlib.Path(__file__).resolve().parents[2] / "deploy"
START_SECONDS = 120
REGION = "us-east-1"  # the one in which moto's EMR always is
# CloudFormation's short forms (`!Sub text`) become what they are short for.
READ = """
import json, sys, yaml
class Loader(yaml.SafeLoader): pass
def short(loader, tag, node):
    value = {"scalar": loader.construct_scalar, "sequence": lambda n: loader.construct_sequence(n, True),
             "mapping": lambda n: loader.construct_mapping(n, True)}[node.id](node)
    return {tag if tag in ("Ref", "Condition") else "Fn::" + tag: value.split(".", 1) if tag == "GetAtt" else value}
Loader.add_multi_constructor("!", short)
print(json.dumps([document for document in yaml.load_all(open(sys.argv[1]), Loader) if document is not None], default=str))
"""
# moto's clusters of a stack forget that they shall live without steps, and are then dead when they are made; its serverless runs are over
# when they begin; and it does not know RetainExceptOnCreate.
SERVE = """
import sys
from moto.emr.models import ElasticMapReduceBackend as Backend
run_job_flow = Backend.run_job_flow
def keeping(self, *words, instance_attrs, **names):
    instance_attrs.setdefault("keep_job_flow_alive_when_no_steps", instance_attrs.get("KeepJobFlowAliveWhenNoSteps", False))
    return run_job_flow(self, *words, instance_attrs=instance_attrs, **names)
Backend.run_job_flow = keeping
from moto.cloudformation.parsing import ResourceMap
delete = ResourceMap.delete
def delete_but_keep(self):
    for one in self._resource_json_map.values():
        if one.get("DeletionPolicy") == "RetainExceptOnCreate":
            one["DeletionPolicy"] = "Retain"
    delete(self)
ResourceMap.delete = delete_but_keep
import moto.emrserverless.models
moto.emrserverless.models.JOB_STATUS = "RUNNING"
from moto.server import main
main(sys.argv[1:])
"""


@functools.cache
def _environment(name: str) -> pathlib.Path:
    requirements = LISTS / f"{name}.txt"

    def make(work: pathlib.Path) -> None:
        call([sys.executable, "-m", "venv", "--copies", "--without-pip", work])
        pip = [sys.executable, "-m", "pip", "--python", work / "bin/python", "install", "-q", "--no-cache-dir"]
        # Packages from source get a build environment with pip's own choice of setuptools.
        call([*pip, "--no-deps", "-r", requirements])

    of = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    return kept("deploy", name, of, make)


def tool(name: str, environment: str = "tools") -> list[str]:
    """The start of its command line: scripts name the folder that the environment was made in, so Python is named here."""
    folder = _environment(environment) / "bin"
    program = folder / name
    is_script = program.read_bytes()[:2] == b"#!"
    return [str(folder / "python"), str(program)] if is_script else [str(program)]


def run_tool(name: str, *arguments: object, environment: str = "tools", **options) -> subprocess.CompletedProcess:
    return subprocess.run([*tool(name, environment), *map(str, arguments)], capture_output=True, text=True, **options)


@functools.cache
def read_documents(path: pathlib.Path) -> list:
    """Not to be changed: who asks next gets the same."""
    done = subprocess.run([*tool("python"), "-c", READ, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, f"{path}: {done.stderr}"
    return json.loads(done.stdout)


def read_yaml(path: pathlib.Path) -> dict:
    (document,) = read_documents(path)
    return document


class AwsServer:
    """moto on 127.0.0.1: AWS's interfaces over memory; what it lacks of them, it leaves out of a stack."""

    def __init__(self, folder: pathlib.Path):
        self.log = folder / "moto.log"

    def __enter__(self) -> "AwsServer":
        self.port = free_port()
        command = [*tool("python"), "-c", SERVE, "-H", "127.0.0.1", "-p", str(self.port)]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(die_with_parent(command), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.reset()
                return self
            except OSError as error:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise AssertionError(f"moto: {error}\n{self.log.read_text(errors='replace')[-2000:]}") from None
                time.sleep(0.1)

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def reset(self) -> None:
        """Nothing was ever made."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        opener.open(urllib.request.Request(f"{self.url}/moto-api/reset", method="POST"), timeout=20).close()

    def environment(self, region: str = REGION) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }

    def client(self, service: str, region: str = REGION):
        import boto3

        return boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test").client(
            service, region_name=region, endpoint_url=self.url
        )
