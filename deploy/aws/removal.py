"""What the commands down do."""

import common
import stacks

MACHINES = ("cluster", "serverless", "machine")


def remove(options, parts):
    """Deletes the stacks of these parts; with options.everything all of the project but the data bucket."""
    aws = common.connect(options)
    storage = {}
    name = common.stack_name(options, "storage")
    if options.everything and (aws.dry_run or stacks.find(aws, name)):
        storage = stacks.outputs(aws, name, made_up=common.STORAGE_OUTPUTS)
    for part in (*MACHINES, "network") if options.everything else parts:
        one = common.stack_name(options, part)
        if aws.dry_run or stacks.find(aws, one):
            stacks.delete(aws, one)
    if storage:
        if aws.dry_run:
            print(f"would remove all of s3://{storage['WorkBucket']}")
        else:
            common.empty(aws, storage["WorkBucket"])
        stacks.delete(aws, name)
        print(f"kept: s3://{storage['DataBucket']}")
    return 0


def arguments(program, description, epilog):
    made = common.parser(program, description, epilog)
    made.add_argument("--everything", action="store_true",
                      help="all of the project: also network, budget, wheels, logs, models, notebooks, images")  # fmt: skip
    return made.parse_args()
