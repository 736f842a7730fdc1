"""EMR clusters: how one is, and its end before its stack goes."""

import sys

import stacks
from calls import Failed, until

LIVING = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")


def state(aws, identity):
    """EMR forgets a cluster two months after its end."""
    import botocore.exceptions

    try:
        return aws.ask("emr", "describe_cluster", ClusterId=identity)["Cluster"]["Status"]["State"]
    except botocore.exceptions.ClientError as error:
        if "is not valid" in str(error):
            return "TERMINATED, and forgotten by EMR"
        raise Failed(f"cluster {identity}: {error}") from None


def make_way(aws, name):
    """Brings the stack of a cluster to where CloudFormation can delete it: without a cluster, its groups untied."""
    if aws.dry_run:
        print(f"would end the cluster of stack {name}, and revoke the rules by which its security groups name each other")
        return
    there = stacks.resources(aws, name)
    for identity in stacks.of_kind(there, "AWS::EMR::Cluster"):
        _end(aws, identity)
    _untie(aws, there)


def _end(aws, identity):
    """Waits until its machines are gone: while it lives, EMR brings revoked rules back."""
    going = (*LIVING, "TERMINATING")
    if state(aws, identity) in LIVING:
        print(f"ending cluster {identity}", file=sys.stderr)
        aws.call("emr", "terminate_job_flows", JobFlowIds=[identity])
    until(lambda: state(aws, identity), lambda now: now not in going, f"cluster {identity}")


def _untie(aws, there):
    """EMR lets the groups that it is given name each other, by rules of its own; a group that another one names is not deleted, and
    CloudFormation removes only the rules that it has made."""
    groups = stacks.of_kind(there, "AWS::EC2::SecurityGroup")
    made_here = {one["PhysicalResourceId"] for one in there}
    asked = aws.call("ec2", "describe_security_group_rules", Filters=[{"Name": "group-id", "Values": groups}]) if groups else {}
    tied = {}
    for rule in asked.get("SecurityGroupRules", []):
        named = rule.get("ReferencedGroupInfo", {}).get("GroupId")
        if named in groups and rule["SecurityGroupRuleId"] not in made_here:
            tied.setdefault((rule["GroupId"], rule["IsEgress"]), []).append(rule["SecurityGroupRuleId"])
    for (group, is_egress), rules in tied.items():
        operation = "revoke_security_group_egress" if is_egress else "revoke_security_group_ingress"
        aws.call("ec2", operation, GroupId=group, SecurityGroupRuleIds=rules)
