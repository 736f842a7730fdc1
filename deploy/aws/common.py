"""What the commands up, submit and down share: options, names of stacks, the wheel and its place in the work bucket."""

import argparse
import pathlib
import re
import sys

import stacks
from calls import Aws, Failed

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
PROJECT = re.compile(r"[a-z][a-z0-9-]{1,20}")
BUCKET_URI = re.compile(r"s3a?://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/.*)?")
STORAGE_OUTPUTS = ("DataBucket", "WorkBucket", "ImageRepository")


def parser(program, description, epilog):
    made = argparse.ArgumentParser(
        prog=program, description=description, epilog=epilog, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("--project", type=_project, default="fruits", help="first part of every name, and the tag (default fruits)")
    made.add_argument("--region", help="default: AWS_REGION or the profile's")
    made.add_argument("--profile", help="of ~/.aws/config")
    made.add_argument("--dry-run", action="store_true", help="print what would be called; nothing is, and no account is needed")
    return made


def add_storage_options(made):
    made.add_argument("--wheel", type=_wheel, metavar="FILE", required=True, help="built by `pip wheel . --no-deps -w dist`")
    made.add_argument("--wheelhouse", type=_folder, metavar="DIR", help="wheels of everything else, for nodes that reach no PyPI")
    made.add_argument("--input", type=bucket_uri, metavar="s3://…", help="photos; default: the project's data bucket")
    made.add_argument("--output", type=bucket_uri, metavar="s3://…", help="results; default: the project's data bucket")
    made.add_argument("--email", default="", help="who is told when the month's budget is near its end")
    made.add_argument("--budget", type=number(1), default=50, metavar="USD", help="a month (default 50)")


def number(least, most=None):
    def parse(text):
        if not text.isascii() or not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"'{text}': expected a whole number from {least}" + (f" to {most}" if most else " on"))
        return int(text)

    return parse


def bucket_uri(text):
    if not BUCKET_URI.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}': expected s3://bucket/folder")
    return re.sub(r"^s3a://", "s3://", text)


def bucket_of(uri):
    return BUCKET_URI.fullmatch(uri)[1]


def _project(text):
    if not PROJECT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}': expected 2 to 21 small letters, digits and '-', a letter first")
    return text


def _wheel(text):
    path = pathlib.Path(text)
    if not re.fullmatch(r"fruits-[^-]+-cp311-cp311-[a-z0-9_]+_x86_64\.whl", path.name):
        raise argparse.ArgumentTypeError(f"'{text}': expected a wheel of fruits for Python 3.11 on x86-64, fruits-…-cp311-cp311-…x86_64.whl")
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"'{text}': there is no such file")
    return path


def _folder(text):
    if not pathlib.Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"'{text}': there is no such folder")
    return pathlib.Path(text)


def stack_name(options, part):
    return f"{options.project}-{part}"


def prepare(aws, options):
    """The storage stack, with the wheel and what nodes install besides in its work bucket; its outputs."""
    parameters = {"Project": options.project, "BudgetEmail": options.email, "MonthlyBudget": options.budget}
    stacks.deploy(aws, stack_name(options, "storage"), DEPLOY / "aws/storage.yaml", parameters, options.project)
    storage = stacks.outputs(aws, stack_name(options, "storage"), made_up=STORAGE_OUTPUTS)
    work = storage["WorkBucket"]
    _remove_wheels(aws, work)
    files = {"wheels/requirements.txt": DEPLOY / "aws/requirements-nodes.txt", f"wheels/{options.wheel.name}": options.wheel}
    files |= {f"wheels/{file.name}": file for file in sorted((options.wheelhouse or DEPLOY / "none").glob("*.whl"))}
    if options.wheelhouse:
        files["wheels/complete"] = DEPLOY / "aws/complete"  # last: then nodes ask no index
    files |= {"emr/bootstrap.sh": DEPLOY / "emr/bootstrap.sh", "ec2/job.sh": DEPLOY / "ec2/job.sh"}
    for key, file in files.items():
        aws.upload(file, work, key)
    return storage


def _remove_wheels(aws, bucket):
    """Those of an earlier version: two wheels of one package would be ambiguous."""
    if aws.dry_run:
        print(f"would remove s3://{bucket}/wheels/")
        return
    empty(aws, bucket, "wheels/")


def empty(aws, bucket, prefix=""):
    """Removes every object and version below the prefix."""
    import botocore.exceptions

    try:
        pages = aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if found:
                keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found]
                aws.call("s3", "delete_objects", Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
    except botocore.exceptions.ClientError as error:
        raise Failed(f"s3://{bucket}/{prefix}: {error}") from None


def buckets(options, storage):
    """Names of the bucket that is read and of the one that is written."""
    data = storage["DataBucket"]
    return tuple(bucket_of(uri) if uri else data for uri in (options.input, options.output))


def network(aws, options):
    """Where machines go: the caller's subnet, or the project's network, which is made."""
    if options.subnet:
        return {"VpcId": options.vpc, "SubnetId": options.subnet}
    name = stack_name(options, "network")
    stacks.deploy(aws, name, DEPLOY / "aws/network.yaml", {"Project": options.project, "Zone": options.zone or ""}, options.project)
    made = stacks.outputs(aws, name, made_up=("VpcId", "SubnetId", "VpcCidr"))
    return {"VpcId": made["VpcId"], "SubnetId": made["SubnetId"]}


def add_network_options(made):
    made.add_argument("--subnet", help="one of your own, in place of the project's network; needs --vpc")
    made.add_argument("--vpc", help="the network of --subnet")
    made.add_argument("--zone", help="availability zone of the project's network, like eu-west-3b")


def run(program, main):
    """Exit codes: 0 done, 1 it failed, 2 wrong usage (argparse's)."""
    try:
        return main()
    except Failed as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{program}: interrupted; what was begun goes on in AWS, and the same command takes it up", file=sys.stderr)
        return 130


def connect(options):
    return Aws(options.region, options.dry_run, options.profile)
