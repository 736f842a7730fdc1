"""What the commands up, submit and down share: options, names of stacks, the wheel and its place in the work bucket."""

import argparse
import hashlib
import pathlib
import re
import sys

import stacks
from calls import Aws, Failed

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
PROJECT = re.compile(r"[a-z][a-z0-9-]{1,20}")
BUCKET_URI = re.compile(r"s3a?://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/.*)?")
LIVING = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")  # of an EMR cluster
# What the commands give `fruits run` themselves.
OWN_OPTIONS = ("--engine", "--master", "--deploy-mode", "--output", "-o")
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
    made.add_argument("--input", type=bucket_uri, metavar="s3://…", help="photos; default: as before, at first the project's data bucket")
    made.add_argument("--output", type=bucket_uri, metavar="s3://…", help="results; default: as before, at first the project's data bucket")
    made.add_argument("--email", type=_email, help="who is told when the month's budget is near its end; '' for nobody (default: as before)")
    made.add_argument("--budget", type=number(1), metavar="USD", help="a month (default: as before, at first 50)")


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


def _email(text):
    if text and not re.fullmatch(r"[^@ ]+@[^@ ]+", text):
        raise argparse.ArgumentTypeError(f"'{text}': expected an address like me@example.org")
    return text


def instance_type(text):
    if not re.fullmatch(r"[a-z][a-z0-9-]*\.[a-z0-9]+", text):
        raise argparse.ArgumentTypeError(f"'{text}': expected a type like m7i.xlarge")
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


def _zone_name(text):
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", text):
        raise argparse.ArgumentTypeError(f"'{text}': expected a zone like eu-west-3b")
    return text


def stack_name(options, part):
    return f"{options.project}-{part}"


def packages(options):
    """What machines install: its folder in the work bucket, and the files there by name.

    The folder is named after names and contents, so a machine that comes later gets what those before it got.
    """
    files = {"requirements.txt": DEPLOY / "aws/requirements-nodes.txt", options.wheel.name: options.wheel}
    files |= {file.name: file for file in sorted((options.wheelhouse or DEPLOY / "none").glob("*.whl"))}
    files |= {"bootstrap.sh": DEPLOY / "emr/bootstrap.sh", "job.sh": DEPLOY / "ec2/job.sh"}
    if options.wheelhouse:
        files["complete"] = DEPLOY / "aws/complete"  # then nodes ask no index
    lines = [f"{name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n" for name, file in sorted(files.items())]
    return f"wheels/{hashlib.sha256(''.join(lines).encode()).hexdigest()[:16]}", files


def prepare(aws, options):
    """The storage stack, with what machines install in its work bucket; its outputs, and the folder of that."""
    parameters = {"Project": options.project, "BudgetEmail": options.email, "MonthlyBudget": options.budget}
    stacks.deploy(aws, stack_name(options, "storage"), DEPLOY / "aws/storage.yaml", parameters, options.project)
    storage = stacks.outputs(aws, stack_name(options, "storage"), made_up=STORAGE_OUTPUTS)
    wheels, files = packages(options)
    _remove_old_wheels(aws, options, storage["WorkBucket"], wheels)
    for name, file in files.items():
        aws.upload(file, storage["WorkBucket"], f"{wheels}/{name}")
    return storage, wheels


def _remove_old_wheels(aws, options, bucket, wheels):
    """All but these and those of the cluster and the machine that are there."""
    if aws.dry_run:
        print(f"would remove of s3://{bucket}/wheels/ what neither these nor a cluster or machine need")
        return
    found = [stacks.find(aws, stack_name(options, part)) for part in ("cluster", "machine")]
    kept = {wheels, *(stacks.parameters_of(stack).get("Wheels", "") for stack in found if stack)}
    empty(aws, bucket, "wheels/", keep=tuple(f"{folder}/" for folder in kept if folder))


def empty(aws, bucket, prefix="", keep=()):
    """Removes every object and version below the prefix, but for what begins with one of `keep`."""
    import botocore.exceptions

    try:
        pages = aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found if not entry["Key"].startswith(keep)]
            if not keys:
                continue
            done = aws.call("s3", "delete_objects", Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            if errors := done.get("Errors"):
                first = f"{errors[0]['Key']}: {errors[0].get('Message') or errors[0].get('Code')}"
                raise Failed(f"s3://{bucket}/{prefix}: {len(errors)} of {len(keys)} objects were not removed; {first}")
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Failed(f"s3://{bucket}/{prefix}: {error}") from None


def buckets(options):
    """Names of the bucket that is read and of the one that is written; None where it is not given."""
    return tuple(uri and bucket_of(uri) for uri in (options.input, options.output))


def cluster_state(aws, identity):
    """That of an EMR cluster; EMR forgets one two months after its end."""
    import botocore.exceptions

    try:
        return aws.ask("emr", "describe_cluster", ClusterId=identity)["Cluster"]["Status"]["State"]
    except botocore.exceptions.ClientError as error:
        if "is not valid" in str(error):
            return "TERMINATED, and forgotten by EMR"
        raise Failed(f"cluster {identity}: {error}") from None
    except botocore.exceptions.BotoCoreError as error:
        raise Failed(f"cluster {identity}: {error}") from None


def job_options(made, words, refused):
    """The words after --, for `fruits run`; refused are those that would only be noticed on the machine."""
    for word in words:
        name = "-o" if word.startswith("-o") else word.split("=")[0]
        if name in OWN_OPTIONS:
            made.error(f"{word}: set by this command")
        if name in refused:
            made.error(f"{word}: {refused[name]}")
    return words


def refuse_other_buckets(words, readable, remedy):
    """An address in another bucket would be refused on the machine, when it is paid for."""
    for word in words:
        for bucket in re.findall(r"s3a?://([^/]+)", word):
            if bucket not in readable:
                raise Failed(f"{word}: the role reads {', '.join(sorted(readable))} and no other bucket: {remedy}")


def network(aws, options):
    """Where machines go: the caller's subnet, or the project's network, which is made."""
    if options.subnet:
        return {"VpcId": options.vpc, "SubnetId": options.subnet}
    name = stack_name(options, "network")
    stacks.deploy(aws, name, DEPLOY / "aws/network.yaml", {"Project": options.project, "Zone": _zone(aws, options, name)}, options.project)
    made = stacks.outputs(aws, name, made_up=("VpcId", "SubnetId", "VpcCidr"))
    return {"VpcId": made["VpcId"], "SubnetId": made["SubnetId"]}


def _zone(aws, options, name):
    """That of a new network; None where it is there. Its subnet does not move: another would want the same addresses."""
    stack = None if aws.dry_run or not options.zone else stacks.settled(aws, name)
    if stack is None or stack["StackStatus"] not in stacks.WHOLE:
        return options.zone
    subnet = stacks.outputs_of(stack)["SubnetId"]
    (found,) = aws.call("ec2", "describe_subnets", SubnetIds=[subnet])["Subnets"]
    if found["AvailabilityZone"] != options.zone:
        raise Failed(
            f"--zone {options.zone}: the network's {subnet} is in {found['AvailabilityZone']}, and cannot move: leave --zone out, give another "
            f"--project, or first `aws cloudformation delete-stack --stack-name {name} --region {aws.region}`, when nothing runs in it"
        )
    return None


def add_network_options(made):
    made.add_argument("--subnet", help="one of your own, in place of the project's network; needs --vpc")
    made.add_argument("--vpc", help="the network of --subnet")
    made.add_argument("--zone", type=_zone_name, help="availability zone of the project's network when it is made, like eu-west-3b")


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
