"""EMR Serverless applications: each change and deletion takes a stopped one, and CloudFormation stops none."""

import sys

import stacks
from calls import Failed, until

AT_WORK = ["SUBMITTED", "PENDING", "SCHEDULED", "QUEUED", "RUNNING", "CANCELLING"]
STILL = ("CREATED", "STOPPED", "TERMINATED")


def stop(aws, name, cancel):
    """Stops the application of a stack. With `cancel` its runs are cancelled; without, Failed where there is one."""
    if aws.dry_run:
        print(f"would {'cancel the runs of the application of' if cancel else 'see that no run is in the application of'} stack {name}, and stop it")
        return
    for application in stacks.of_kind(stacks.resources(aws, name), "AWS::EMRServerless::Application"):
        _stop(aws, application, cancel)


def _stop(aws, application, cancel):
    what = f"application {application}"
    now = until(lambda: _state(aws, application), lambda state: state not in ("CREATING", "STARTING"), what)
    if now in STILL:
        return
    if runs := _runs(aws, application):
        if not cancel:
            raise Failed(f"{what} is at run {runs[0]['id']}, which a change would end: wait for it, or end it with deploy/emr/down")
        until(lambda: _cancel(aws, application), lambda left: left == 0, f"the number of runs of {what}")
    if now == "STARTED":
        print(f"stopping {what}", file=sys.stderr)
        aws.call("emr-serverless", "stop_application", applicationId=application)
    until(lambda: _state(aws, application), lambda state: state in STILL, what)


def _cancel(aws, application):
    """How many runs are not over yet. One page of them at a time: the next look has the next."""
    runs = _runs(aws, application)
    for run in runs:
        if run["state"] != "CANCELLING":
            print(f"cancelling run {run['id']}", file=sys.stderr)
            aws.call("emr-serverless", "cancel_job_run", applicationId=application, jobRunId=run["id"])
    return len(runs)


def _state(aws, application):
    import botocore.exceptions

    try:
        return aws.ask("emr-serverless", "get_application", applicationId=application)["application"]["state"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return "TERMINATED"
        raise Failed(f"application {application}: {error}") from None


def _runs(aws, application):
    return aws.call("emr-serverless", "list_job_runs", applicationId=application, states=AT_WORK)["jobRuns"]
