import os
import pathlib
import subprocess
import sys

import pytest

from support.deploy_commands import IN, OUT, WHEEL, printed
from support.deploy_tools import AwsServer


@pytest.fixture(scope="session")
def deploy(root_dir) -> pathlib.Path:
    """The folder deploy/."""
    return root_dir / "deploy"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with AwsServer(tmp_path_factory.mktemp("moto")) as running:
        yield running


@pytest.fixture
def aws(server):
    server.reset()
    return server


@pytest.fixture
def wheel(tmp_path):
    (tmp_path / WHEEL).write_bytes(b"wheel")
    return tmp_path / WHEEL


@pytest.fixture
def call(deploy):
    def run(program, *words, env=None, check=0):
        nowhere = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        nowhere |= {"AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
        command = [sys.executable, str(deploy / program), *map(str, words)]
        done = subprocess.run(command, env=env or nowhere, capture_output=True, text=True, timeout=300)
        assert done.returncode == check, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def place(aws):
    """A network of one's own; moto cannot delete the project's, whose route table it keeps."""
    ec2 = aws.client("ec2")
    (subnet, *_) = ec2.describe_subnets()["Subnets"]
    ec2.create_tags(Resources=[subnet["SubnetId"]], Tags=[{"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"}])
    return ["--subnet", subnet["SubnetId"], "--vpc", subnet["VpcId"]]


@pytest.fixture
def up(call, aws, wheel, place):
    return printed(call("emr/up", "--wheel", wheel, *place, "--input", IN, "--output", OUT, env=aws.environment()))
