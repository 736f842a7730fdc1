"""What the commands down do."""

import applications
import buckets
import clusters
import common
import stacks
from calls import Failed

MACHINES = ("cluster", "serverless", "machine")
# Before CloudFormation can delete it.
BEFORE = {"cluster": clusters.make_way, "serverless": lambda aws, name: applications.stop(aws, name, cancel=True)}


def remove(options, parts):
    """Deletes the stacks of these parts; with options.everything all of the project but the data bucket."""
    aws = common.connect(options)
    for part in (*MACHINES, "network") if options.everything else parts:
        name = common.stack_name(options, part)
        if aws.dry_run or stacks.find(aws, name):
            take_away(aws, name, part)
    name = common.stack_name(options, "storage")
    if options.everything and (aws.dry_run or stacks.find(aws, name)):
        _take_storage_away(aws, name)
    return 0


def take_away(aws, name, part):
    """Deletes the stack of one part, and first what would hold it up."""
    if part in BEFORE:
        BEFORE[part](aws, name)
    stacks.delete(aws, name)


def _take_storage_away(aws, name):
    """Also where an earlier deletion failed half way."""
    if aws.dry_run:
        there = stacks.outputs(aws, name, made_up=common.STORAGE_OUTPUTS)
    else:
        there = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stacks.resources(aws, name)}
    work, data = there.get("WorkBucket"), there.get("DataBucket")
    if data:
        _stop_access_logs(aws, data)
    for is_last in (False, True):
        if work and aws.dry_run:
            print(f"would remove all of s3://{work}")
        elif work:
            buckets.empty(aws, work)
        try:
            stacks.delete(aws, name)
            break
        except Failed:  # logs of access come hours late: the bucket that was empty may not be
            if is_last:
                raise
    if data:
        print(f"kept: s3://{data}")


def _stop_access_logs(aws, data):
    """Those of the data bucket go to the one that shall be empty."""
    try:
        aws.call("s3", "put_bucket_logging", Bucket=data, BucketLoggingStatus={})
    except Failed as error:
        if "NoSuchBucket" not in str(error):  # the user may have removed it
            raise


def arguments(program, description, epilog):
    made = common.parser(program, description, epilog)
    made.add_argument("--everything", action="store_true",
                      help="all of the project: also network, budget, wheels, logs, models, notebooks, images")  # fmt: skip
    return made.parse_args()
