"""What the commands up, submit and down share: options, names of stacks, the wheel and its place in the work bucket."""

import argparse
import hashlib
import pathlib
import re
import sys

import buckets
import stacks
import templates
from calls import Aws, Failed

DEPLOY = pathlib.Path(__file__).resolve().parent.parent
STORAGE_OUTPUTS = ("DataBucket", "WorkBucket", "ImageRepository")
GOES_ON = "what was begun goes on in AWS, and the same command takes it up"
project = templates.like("aws/storage.yaml", "Project", "2 to 21 small letters, digits and single '-', a letter first and a letter or digit last")
email = templates.like("aws/storage.yaml", "BudgetEmail", "an address like me@example.org", may_be_empty=True)
instance_type = templates.like("emr/cluster.yaml", "InstanceType", "a type like m7i.xlarge")


def parser(program, description, epilog):
    made = argparse.ArgumentParser(
        prog=program, description=description, epilog=epilog, allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("--project", type=project, default="fruits", help="first part of every name, and the tag (default fruits)")
    made.add_argument("--region", help="default: AWS_REGION or the profile's; a dry run needs none")
    made.add_argument("--profile", help="of ~/.aws/config")
    made.add_argument("--dry-run", action="store_true", help="print what would be called; nothing is, and no account is needed")
    return made


def add_storage_options(made, one_job=False):
    """With one_job the addresses are those of a job, and must be given."""
    default = "required" if one_job else "default: as before, at first the project's data bucket"
    made.add_argument("--wheel", type=_wheel, metavar="FILE", required=True, help="built by `pip wheel . --no-deps -w dist`")
    made.add_argument("--wheelhouse", type=_folder, metavar="DIR", help="wheels of everything else, for nodes that reach no PyPI")
    made.add_argument("--input", type=buckets.uri, metavar="s3://…", required=one_job, help=f"photos; {default}")
    made.add_argument("--output", type=buckets.uri, metavar="s3://…", required=one_job, help=f"results; {default}")
    made.add_argument("--email", type=email,
                      help="who is told when the month's budget is near its end; '' for nobody (default: as before, at first nobody)")  # fmt: skip
    made.add_argument("--budget", type=number(1), metavar="USD", help="a month (default: as before, at first 50)")


def number(least, most=None):
    def parse(text):
        if not text.isascii() or not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
            raise argparse.ArgumentTypeError(f"'{text}': expected a whole number from {least}" + (f" to {most}" if most else " on"))
        return int(text)

    return parse


def kms_key(text):
    if text and not re.fullmatch(r"arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+", text):
        raise argparse.ArgumentTypeError(f"'{text}': expected a key's name like arn:aws:kms:eu-west-3:123456789012:key/…")
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
    _tell_of_the_budget(aws, options)
    storage = stacks.outputs(aws, stack_name(options, "storage"), made_up=STORAGE_OUTPUTS)
    wheels, files = packages(options)
    _remove_old_wheels(aws, options, storage["WorkBucket"], wheels)
    for name, file in files.items():
        aws.upload(file, storage["WorkBucket"], f"{wheels}/{name}")
    return storage, wheels


def _tell_of_the_budget(aws, options):
    """What its alarm still needs: nobody notices that it keeps silent. AWS is not asked about the tag, as each question there costs."""
    address = options.email
    if address is None and not aws.dry_run:
        address = stacks.parameters_of(stacks.whole(aws, stack_name(options, "storage"))).get("BudgetEmail")
    if not address:
        print("note: no budget watches the cost: `up --email me@example.org --budget USD` makes one", file=sys.stderr)
        return
    activate = "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Project,Status=Active"
    profile = f" --profile {aws.profile}" if aws.profile else ""
    print(
        f"note: the budget that tells {address} counts nothing until the tag Project is activated, once an account, a day after the first up: "
        f"{activate}{profile}",
        file=sys.stderr,
    )


def _remove_old_wheels(aws, options, bucket, wheels):
    """All but these and those of the cluster and the machine that are there."""
    if aws.dry_run:
        print(f"would remove of s3://{bucket}/wheels/ what neither these nor a cluster or machine need")
        return
    found = [stacks.find(aws, stack_name(options, part)) for part in ("cluster", "machine")]
    kept = {wheels, *(stacks.parameters_of(stack).get("Wheels", "") for stack in found if stack)}
    buckets.empty(aws, bucket, "wheels/", keep=tuple(f"{folder}/" for folder in kept if folder))


def run(program, main):
    """Exit codes: 0 done, 1 it failed, 2 wrong usage (argparse's, and what is refused), 130 interrupted."""
    try:
        return main()
    except Failed as error:
        print(f"{program}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt as stop:  # with words of its own where the same command would begin something else
        print(f"{program}: interrupted; {str(stop) or GOES_ON}", file=sys.stderr)
        return 130


def connect(options):
    return Aws(options.region, options.dry_run, options.profile)
