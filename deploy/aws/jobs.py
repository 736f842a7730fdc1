"""A job that was handed over: watched until it is over, found again by its words, and told how to go on with where the watching ends."""

import dataclasses
import sys
import time
from collections.abc import Callable

from calls import Failed

PATIENCE_MINUTES = 10  # in which looks may fail: a network comes back, and the job goes on meanwhile


@dataclasses.dataclass
class Job:
    name: str  # "step s-1 on cluster j-1"
    state: Callable  # asks AWS
    over: dict  # exit codes by the states in which it is over
    look: str  # the commands by which it is seen and ended
    cancel: str

    @property
    def goes_on(self):
        return f"{self.name} goes on in AWS. To see it: {self.look}; to end it: {self.cancel}"


def wait(job, seconds):
    """Its exit code. Failed after PATIENCE_MINUTES in which no look succeeded; the job lives on then."""
    last = failing_since = None
    while True:
        try:
            now, failing_since = job.state(), None
        except Failed as error:
            now, failing_since = last, _bear(job, error, failing_since)
        if now != last:
            print(now, file=sys.stderr)
            last = now
        if now in job.over:
            return job.over[now]
        time.sleep(seconds)


def _bear(job, error, since):
    """Since when looks fail."""
    now = time.monotonic()
    if since is None:
        print(f"{error}: trying again for {PATIENCE_MINUTES} minutes", file=sys.stderr)
        return now
    if now - since >= 60 * PATIENCE_MINUTES:
        raise Failed(f"{error}, for {PATIENCE_MINUTES} minutes; {job.goes_on}")
    return since


def step_of(aws, cluster, words):
    """The step of a cluster that waits or works with exactly these words; None where there is none."""
    steps = aws.all_of("emr", "list_steps", "Steps", ClusterId=cluster, StepStates=["PENDING", "RUNNING"])
    return next((one["Id"] for one in steps if one["Config"].get("Args") == words), None)


def run_of(aws, application, words, states):
    """As step_of(), of a serverless application; a list of runs does not have their words."""
    for one in aws.all_of("emr-serverless", "list_job_runs", "jobRuns", applicationId=application, states=states):
        run = aws.call("emr-serverless", "get_job_run", applicationId=application, jobRunId=one["id"])["jobRun"]
        if run["jobDriver"].get("sparkSubmit", {}).get("entryPointArguments") == words:
            return one["id"]
    return None
