"""What tests of deploy/emr and deploy/ec2 call the commands with, and what they see of it. Their fixtures are in tests/deploy/conftest.py."""

import json

WHEEL = "fruits-0.1.0-cp311-cp311-linux_x86_64.whl"
IN, OUT = "s3://photos-bucket/fruits", "s3://results-bucket/run"


def would_call(done):
    """Service, operation and parameters of each call that a dry run printed."""
    lines = [line.split(" ", 4) for line in done.stdout.splitlines() if line.startswith("would call ")]
    return [(service, operation, json.loads(parameters)) for _, _, service, operation, parameters in lines]


def stack_parameters(call_made):
    return {one["ParameterKey"]: one["ParameterValue"] for one in call_made[2]["Parameters"]}


def printed(done):
    return dict(line.split(maxsplit=1) for line in done.stdout.splitlines() if len(line.split()) == 2)


def parameters_now(aws, name):
    (stack,) = aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
