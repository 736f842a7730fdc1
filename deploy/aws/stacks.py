"""CloudFormation stacks: made or updated, asked, deleted."""

import json
import sys

import templates
from calls import Failed, until

WHOLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
DEAD = ("ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED")
# EMR's own policy for its service role counts only what bears this.
EMR_TAG = {"for-use-with-amazon-emr-managed-policies": "true"}


def find(aws, name):
    """The stack's description, or None where there is none."""
    import botocore.exceptions

    try:
        return aws.ask("cloudformation", "describe_stacks", StackName=name)["Stacks"][0]
    except botocore.exceptions.ClientError as error:
        if "does not exist" in str(error):
            return None
        raise Failed(f"stack {name}: {error}") from None


def settled(aws, name):
    """As find(), when nothing goes on in the stack any more: what an interrupted command began takes no change."""

    def status(stack):
        return stack["StackStatus"] if stack else ""

    def rests(stack):  # in review is a change set that nobody has run yet
        return not status(stack).endswith("_IN_PROGRESS") or status(stack) == "REVIEW_IN_PROGRESS"

    return until(lambda: find(aws, name), rests, f"stack {name}", state=status, tells=True)


def outputs_of(stack):
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def parameters_of(stack):
    return {one["ParameterKey"]: one.get("ParameterValue", "") for one in stack.get("Parameters", [])}


def whole(aws, name):
    """The description of a stack that must be there."""
    stack = find(aws, name)
    if stack is None:
        raise Failed(f"there is no stack {name} in {aws.region}: run `up` first, or give its --project and --region")
    if stack["StackStatus"] not in WHOLE:
        raise Failed(f"stack {name} is {stack['StackStatus']}: wait, or look at its events in the console")
    return stack


def outputs(aws, name, made_up=()):
    """Outputs of a stack that must be there; with dry_run, a made-up value for each name in `made_up`."""
    if aws.dry_run:
        return {key: f"{name}-{key}".lower() for key in made_up}
    return outputs_of(whole(aws, name))


def resources(aws, name):
    """What CloudFormation still has in the stack, whatever the stack's status: logical and physical names, types."""
    found = aws.call("cloudformation", "describe_stack_resources", StackName=name)["StackResources"]
    return [one for one in found if one.get("PhysicalResourceId") and one["ResourceStatus"] != "DELETE_COMPLETE"]


def of_kind(found, kind):
    """Physical names of the resources of one type."""
    return [one["PhysicalResourceId"] for one in found if one["ResourceType"] == kind]


def differs(aws, stack, template, parameters):
    """Whether deploy() would have something to change."""
    there = parameters_of(stack)
    if any(value is not None and there.get(key) != str(value) for key, value in parameters.items()):
        return True
    body = aws.call("cloudformation", "get_template", StackName=stack["StackName"])["TemplateBody"]
    return not isinstance(body, str) or body.strip() != template.read_text().strip()


def _values(parameters, before, defaults):
    """What is given, and of all else that is not its default what there was before: CloudFormation alone would take the default again."""
    wanted = {**parameters, **{name: None for name in defaults if name not in parameters}}
    values = {key: before.get(key) if value is None else str(value) for key, value in wanted.items()}
    return {key: value for key, value in values.items() if value is not None and (wanted[key] is not None or value != defaults.get(key))}


def deploy(aws, name, template, parameters, project, at_first=None, policy=None):
    """Makes the stack or brings it up to date, and waits. `policy` is the stack's: which of its resources may change how.

    A parameter that is None keeps the value that it has; in a new stack it has that of `at_first`, or the template's default.
    """
    existing = None if aws.dry_run else settled(aws, name)
    if existing and existing["StackStatus"] in DEAD:
        delete(aws, name)
        existing = None
    body = template.read_text()
    before = {**(at_first or {}), **(parameters_of(existing) if existing else {})}
    defaults = {key: one.get("Default") for key, one in templates.parameters(body).items()}
    values = _values(parameters, before, defaults)
    arguments = {
        "StackName": name,
        "TemplateBody": body,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()],
        "Capabilities": ["CAPABILITY_IAM"],
        "Tags": [{"Key": key, "Value": value} for key, value in {"Project": project, **EMR_TAG}.items()],
    }
    if existing is None:
        print(f"making stack {name}", file=sys.stderr)
        if policy:
            arguments["StackPolicyBody"] = json.dumps(policy)
        made = aws.call("cloudformation", "create_stack", **arguments, OnFailure="DELETE")
        # By its number, which still names its events when the stack is gone again.
        _wait(aws, made.get("StackId", name), "stack_create_complete")
        return
    print(f"updating stack {name}", file=sys.stderr)
    if policy:  # of the update itself it would hold only afterwards
        aws.call("cloudformation", "set_stack_policy", StackName=name, StackPolicyBody=json.dumps(policy))
    try:
        aws.call("cloudformation", "update_stack", **arguments)
    except Failed as error:
        if "No updates are to be performed" in str(error):
            return
        raise
    _wait(aws, name, "stack_update_complete")


def delete(aws, name):
    """Waits until it is gone; one that is not there is no fault."""
    print(f"deleting stack {name}", file=sys.stderr)
    aws.call("cloudformation", "delete_stack", StackName=name)
    _wait(aws, name, "stack_delete_complete")


def _wait(aws, name, waiter):
    if aws.dry_run:
        return
    import botocore.exceptions

    try:
        aws.wait("cloudformation", waiter, StackName=name)
    except botocore.exceptions.WaiterError as error:
        raise Failed(f"stack {name}: {_reason(aws, name) or error}") from None


def _reason(aws, name):
    """The first event that failed: those after it follow from it."""
    import botocore.exceptions

    try:
        events = aws.ask("cloudformation", "describe_stack_events", StackName=name)["StackEvents"]
    except (Failed, botocore.exceptions.ClientError):
        return None  # what the waiter said is told
    failed = [e for e in reversed(events) if e["ResourceStatus"].endswith("FAILED") and "ResourceStatusReason" in e]
    return f"{failed[0]['LogicalResourceId']}: {failed[0]['ResourceStatusReason']}" if failed else None
