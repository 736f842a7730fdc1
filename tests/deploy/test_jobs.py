"""What `submit` makes of a job that works while the network, or whoever waits, does not; and the words that a job may have."""

import argparse
import itertools
import re
import subprocess

import botocore.exceptions
import pytest


@pytest.fixture(autouse=True)
def modules(deploy, monkeypatch):
    monkeypatch.syspath_prepend(str(deploy / "aws"))
    import jobs

    monkeypatch.setattr(jobs.time, "sleep", lambda _: None)


def job(*answers):
    import jobs

    left = iter(answers)

    def state():
        answer = next(left)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    return jobs.Job("step s-1 on cluster j-1", state, {"COMPLETED": 0, "FAILED": 1}, look="aws look", cancel="aws cancel")


def test_a_network_that_comes_back(capsys):
    import calls
    import jobs

    lost = calls.Failed("emr describe_step: Could not connect")
    assert jobs.wait(job("PENDING", lost, lost, "RUNNING", lost, "FAILED"), 1) == 1
    said = capsys.readouterr().err.splitlines()
    again = "emr describe_step: Could not connect: trying again for 10 minutes"
    assert said == ["PENDING", again, "RUNNING", again, "FAILED"]


def test_a_network_that_stays_away(monkeypatch):
    """The job lives on: it is named, with what sees and what ends it."""
    import calls
    import jobs

    clock = itertools.count(step=61)
    monkeypatch.setattr(jobs.time, "monotonic", lambda: next(clock))
    lost = calls.Failed("emr describe_step: Could not connect")
    with pytest.raises(calls.Failed) as failure:
        jobs.wait(job("RUNNING", *[lost] * 20), 1)
    said = str(failure.value)
    assert "for 10 minutes; step s-1 on cluster j-1 goes on in AWS. To see it: aws look; to end it: aws cancel" in said
    assert 9 < next(clock) / 61 < 13  # looks


def test_words_of_an_interruption(capsys):
    import common

    def stopped(*words):
        raise KeyboardInterrupt(*words)

    assert common.run("submit", lambda: stopped(job().goes_on)) == 130
    assert common.run("up", stopped) == 130
    submit, up = capsys.readouterr().err.splitlines()
    assert submit.startswith("submit: interrupted; step s-1 on cluster j-1 goes on") and "takes it up" not in submit
    assert up == "up: interrupted; what was begun goes on in AWS, and the same command takes it up"


def test_a_run_of_the_same_words_is_found(aws, monkeypatch):
    """Of an application; moto has none in stacks, so not by `submit` as a whole."""
    import applications
    import calls
    import jobs

    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    client = aws.client("emr-serverless")
    application = client.create_application(name="fruits", releaseLabel="emr-7.13.0", type="SPARK")["applicationId"]
    client.start_application(applicationId=application)
    words = ["s3://a/photos", "--output", "s3://b/out"]
    driver = {"sparkSubmit": {"entryPoint": "local:///opt/fruits/job.py", "entryPointArguments": words}}
    role = "arn:aws:iam::123456789012:role/x"
    made = client.start_job_run(applicationId=application, executionRoleArn=role, clientToken="x", jobDriver=driver)["jobRunId"]
    made_up = calls.Aws(aws.environment()["AWS_REGION"])
    assert jobs.run_of(made_up, application, words, applications.AT_WORK) == made
    assert jobs.run_of(made_up, application, [*words, "--force"], applications.AT_WORK) is None


def test_what_aws_would_do_twice_is_tried_once(monkeypatch):
    """botocore tries again after a lost answer, by which a step would be there twice."""
    import botocore.httpsession
    import calls

    tries = []

    def lost(self, request):
        tries.append(request.url)
        raise botocore.exceptions.EndpointConnectionError(endpoint_url=request.url)

    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(botocore.httpsession.URLLib3Session, "send", lost)
    with pytest.raises(calls.Failed, match="emr add_job_flow_steps: Could not connect"):
        calls.Aws("eu-west-3").call_once("emr", "add_job_flow_steps", JobFlowId="j-1", Steps=[])
    assert len(tries) == 1


def test_the_options_of_a_job_are_those_of_the_command(fruits_command, fruits_env):
    """A machine that only submits has no package to ask."""
    import job_words

    done = subprocess.run([fruits_command, "run", "--help"], env=fruits_env, capture_output=True, text=True, check=True)
    told = set(re.findall(r"(?m)^  (?:-o,)?(--[a-z0-9-]+)", done.stdout))
    others = {*job_words.OWN_OPTIONS, *job_words.OF_SPARK, *job_words.NOT_ON_SPARK, "-o"}
    assert told - others == job_words.WITH_VALUE | job_words.SWITCHES
    assert others - {"-o"} <= told


def test_switches_are_those_of_the_engine():
    from fruits import _core

    import job_words

    options = _core.options()
    assert {one["flag"] for one in options if one["is_switch"]} == job_words.SWITCHES
    assert {one["flag"] for one in options if not one["is_switch"]} | {"--models", "--progress"} == job_words.WITH_VALUE


def test_words_that_a_job_may_have():
    import job_words

    words = ["--components", "7", "--glob", "*.jpg", "--mean=-1,2,3", "--force", "--conf", "a=b"]
    assert job_words.check(argparse.ArgumentParser(), words, {}) == words
