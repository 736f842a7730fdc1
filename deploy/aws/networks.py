"""Where machines go: a subnet of the caller's, or the project's network."""

import argparse
import ipaddress
import re
import sys

import common
import stacks
import templates
from calls import Failed


def add_options(made):
    zone = templates.like("aws/network.yaml", "Zone", "a zone like eu-west-3b")
    made.add_argument("--subnet", type=_named("subnet"), help="one of your own, in place of the project's network; needs --vpc")
    made.add_argument("--vpc", type=_named("vpc"), help="the network of --subnet")
    made.add_argument("--zone", type=zone, help="availability zone of the project's network when it is made, like eu-west-3b")


def check_options(made, options):
    if bool(options.subnet) != bool(options.vpc):
        made.error("--subnet and --vpc go together")
    if options.subnet and options.zone:
        made.error(f"--zone {options.zone} is of the project's network: --subnet has a zone already")


def _named(kind):
    """An argparse type: AWS's name of one. The templates leave it to AWS, which would refuse another when much is made already."""

    def parse(text):
        if not re.fullmatch(rf"{kind}-[0-9a-f]+", text):
            raise argparse.ArgumentTypeError(f"'{text}': expected a name like {kind}-0a1b2c3d")
        return text

    return parse


def addresses(text):
    """An argparse type: a range of them, as large as a VPC's may be."""
    try:
        if "/" not in text:
            raise ValueError
        found = ipaddress.IPv4Network(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}': expected a range of addresses like 10.42.0.0/16") from None
    if not 16 <= found.prefixlen <= 28:
        raise argparse.ArgumentTypeError(f"'{text}': expected a VPC's range, /16 to /28")
    return str(found)


def place(aws, options):
    """Network and subnet; without the caller's the project's is made."""
    if options.subnet:
        return {"VpcId": options.vpc, "SubnetId": options.subnet}
    name = common.stack_name(options, "network")
    parameters = {"Project": options.project, "Zone": _zone(aws, options, name)}
    stacks.deploy(aws, name, common.DEPLOY / "aws/network.yaml", parameters, options.project)
    made = stacks.outputs(aws, name, made_up=("VpcId", "SubnetId"))
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


def check_for_emr(aws, options):
    """Looks at the caller's subnet before minutes are paid for."""
    if aws.dry_run or not options.subnet:
        return
    _check_tag(aws, options.subnet)
    if options.private:
        for missing in _missing(aws, options):
            print(f"warning: --private, {options.subnet}: {missing}", file=sys.stderr)


def _check_tag(aws, subnet):
    """EMR makes machines only in what bears its tag; without it the cluster fails after minutes."""
    (found,) = aws.call("ec2", "describe_subnets", SubnetIds=[subnet])["Subnets"]
    ((key, value),) = stacks.EMR_TAG.items()
    if {"Key": key, "Value": value} not in found.get("Tags", []):
        raise Failed(
            f"--subnet {subnet} lacks the tag by which EMR's service role may use it: aws ec2 create-tags --region {aws.region} "
            f"--resources {subnet} --tags Key={key},Value={value}"
        )


def _missing(aws, options):
    """What a private subnet seems to lack. Only told: there are ways, like a proxy, that cannot be seen from here."""
    routes = _routes(aws, options)
    endpoints = aws.call("ec2", "describe_vpc_endpoints", Filters=[{"Name": "vpc-id", "Values": [options.vpc]}])["VpcEndpoints"]
    there = {one["ServiceName"].split(".", 3)[-1] for one in endpoints}
    out = [one for one in routes if one.get("DestinationCidrBlock") == "0.0.0.0/0"]
    if any(str(one.get("GatewayId", "")).startswith("igw-") for one in out):
        yield "its way out is an internet gateway, as of a public subnet: leave --private out"
    elif not out:
        yield ("it has no way out, like a NAT gateway: EMR's managed scaling and its end when idle ask a public endpoint, and without it the "
               "cluster costs until deploy/emr/down")  # fmt: skip
        wanted = ["s3", "elasticmapreduce", "ssm", "ssmmessages", *(["secretsmanager"] if options.notebook else [])]
        if lacking := [name for name in wanted if name not in there]:
            yield f"its network has no endpoints of {', '.join(lacking)}, which nodes, sessions and the notebook's password go by"


def _routes(aws, options):
    """Of the subnet's own table, or of the network's main one."""

    def ask(name, value):
        filters = [{"Name": name, "Values": [value]}, {"Name": "vpc-id", "Values": [options.vpc]}]
        return aws.call("ec2", "describe_route_tables", Filters=filters)["RouteTables"]

    tables = ask("association.subnet-id", options.subnet) or ask("association.main", "true")
    return [route for table in tables for route in table["Routes"]]
