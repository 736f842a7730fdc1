"""What stands in the way of a deletion in AWS, and not in moto: it is brought about here."""

import contextlib

import botocore.exceptions
import pytest

from support.deploy_commands import parameters_now, printed

GROUPS = ("PrimaryGroup", "WorkerGroup")
# What EMR puts between the groups that it is given.
EMRS = (("tcp", 0, 65535), ("udp", 0, 65535), ("icmp", -1, -1))


@pytest.fixture
def modules(aws, deploy, monkeypatch):
    """Those of deploy/aws in this process, on the made-up AWS."""
    monkeypatch.syspath_prepend(str(deploy / "aws"))
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    import calls

    monkeypatch.setattr(calls.time, "sleep", lambda _: None)
    return calls.Aws(aws.environment()["AWS_REGION"])


def physical(aws, name):
    found = aws.client("cloudformation").describe_stack_resources(StackName="fruits-cluster")["StackResources"]
    return {one.get("LogicalResourceId"): one.get("PhysicalResourceId") for one in found}[name]  # moto does not name all


def tie(aws):
    ec2 = aws.client("ec2")
    primary, workers = (physical(aws, name) for name in GROUPS)
    for group, other in ((primary, workers), (workers, primary)):
        for protocol, first, last in EMRS:
            rule = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "UserIdGroupPairs": [{"GroupId": other}]}
            for authorize in (ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress):
                with contextlib.suppress(ec2.exceptions.ClientError):  # moto's EMR makes some of them
                    authorize(GroupId=group, IpPermissions=[rule])
    return primary, workers


def ties(aws, groups):
    rules = aws.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": list(groups)}])["SecurityGroupRules"]
    return [rule for rule in rules if rule.get("ReferencedGroupInfo", {}).get("GroupId") in groups]


def test_groups_that_emr_tied_are_untied(aws, modules, up):
    """Each names the other, so neither could be deleted. First the cluster ends, or EMR would bring them back."""
    import clusters

    groups = tie(aws)
    assert len(ties(aws, groups)) >= 2 * 2 * len(EMRS)
    clusters.make_way(modules, "fruits-cluster")
    assert ties(aws, groups) == []
    assert aws.client("emr").describe_cluster(ClusterId=up["ClusterId"])["Cluster"]["Status"]["State"] == "TERMINATED"
    left = aws.client("ec2").describe_security_groups(GroupIds=list(groups))["SecurityGroups"]
    assert all(group["IpPermissionsEgress"] for group in left)  # to where the internet is: nobody's business


def test_only_rules_that_cloudformation_does_not_know(aws, modules, up, monkeypatch):
    import clusters
    import stacks

    groups = tie(aws)
    own = ties(aws, groups)[0]["SecurityGroupRuleId"]
    there = stacks.resources
    named = {"PhysicalResourceId": own, "ResourceType": "AWS::EC2::SecurityGroupIngress"}
    monkeypatch.setattr(stacks, "resources", lambda aws, name: [*there(aws, name), named])
    clusters.make_way(modules, "fruits-cluster")
    assert [rule["SecurityGroupRuleId"] for rule in ties(aws, groups)] == [own]


def test_a_tied_cluster_comes_and_goes(aws, call, up, wheel, place):
    env = aws.environment()
    tie(aws)
    aws.client("emr").terminate_job_flows(JobFlowIds=[up["ClusterId"]])
    again = printed(call("emr/up", "--wheel", wheel, *place, env=env))
    assert again["ClusterId"] != up["ClusterId"]
    tie(aws)
    assert "ending cluster" in call("emr/down", env=env).stderr
    assert "fruits-cluster" not in {one["StackName"] for one in aws.client("cloudformation").describe_stacks()["Stacks"]}


@pytest.fixture
def application(aws, modules, monkeypatch):
    """Of a stack, started, with a run; moto has no such stacks."""
    import stacks

    client = aws.client("emr-serverless")
    made = client.create_application(name="fruits", releaseLabel="emr-7.13.0", type="SPARK")["applicationId"]
    client.start_application(applicationId=made)
    client.start_job_run(applicationId=made, executionRoleArn="arn:aws:iam::123456789012:role/x", clientToken="x")
    found = [{"PhysicalResourceId": made, "ResourceType": "AWS::EMRServerless::Application"}]
    monkeypatch.setattr(stacks, "resources", lambda *_: found)
    return made


def run_of(aws, application):
    (run,) = aws.client("emr-serverless").list_job_runs(applicationId=application)["jobRuns"]
    return run


def test_down_stops_an_application(aws, modules, application):
    """A started one cannot be deleted, nor one with runs be stopped."""
    import applications

    client = aws.client("emr-serverless")
    with pytest.raises(botocore.exceptions.ClientError, match="must be in one of the following statuses"):
        client.delete_application(applicationId=application)
    applications.stop(modules, "fruits-serverless", cancel=True)
    assert run_of(aws, application)["state"] == "CANCELLED"
    client.delete_application(applicationId=application)
    applications.stop(modules, "fruits-serverless", cancel=True)  # what is gone is no fault


def test_up_ends_no_run(aws, modules, application):
    import applications
    import calls

    client = aws.client("emr-serverless")
    before = run_of(aws, application)
    assert before["state"] in applications.AT_WORK
    with pytest.raises(calls.Failed, match=f"is at run {before['id']}, which a change would end"):
        applications.stop(modules, "fruits-serverless", cancel=False)
    assert client.get_application(applicationId=application)["application"]["state"] == "STARTED"
    client.cancel_job_run(applicationId=application, jobRunId=before["id"])
    applications.stop(modules, "fruits-serverless", cancel=False)
    assert client.get_application(applicationId=application)["application"]["state"] == "STOPPED"


def test_an_unchanged_stack_is_seen(aws, modules, up, deploy, tmp_path):
    """Nothing is stopped for it."""
    import stacks

    stack = stacks.find(modules, "fruits-cluster")
    template = deploy / "emr/cluster.yaml"
    assert not stacks.differs(modules, stack, template, {"MaxNodes": 8, "KmsKeyArn": None})
    assert stacks.differs(modules, stack, template, {"MaxNodes": 9})
    (tmp_path / "other.yaml").write_text(template.read_text().replace("EbsRootVolumeSize: 30", "EbsRootVolumeSize: 40"))
    assert stacks.differs(modules, stack, tmp_path / "other.yaml", {"MaxNodes": 8})


def test_everything_goes_at_the_second_try(aws, modules, monkeypatch, capsys, wheel, call):
    """A log of access came after the bucket was emptied; and the stack of a failed deletion is not whole."""
    import calls
    import removal
    import stacks

    call("emr/up", "--wheel", wheel, "--serverless", env=aws.environment(), check=1)  # makes the storage, and wants an image
    s3 = aws.client("s3")
    there = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in stacks.resources(modules, "fruits-storage")}
    delete, late = stacks.delete, ["one", "two"]

    def with_late_logs(aws, name):
        if late:
            s3.put_object(Bucket=there["WorkBucket"], Key=f"logs/s3/data/{late.pop()}", Body=b"")
            raise calls.Failed(f"stack {name}: WorkBucket: BucketNotEmpty")
        delete(aws, name)

    monkeypatch.setattr(stacks, "delete", with_late_logs)
    monkeypatch.setattr(stacks, "outputs", None)  # which a stack gives only when it is whole
    with pytest.raises(calls.Failed, match="BucketNotEmpty"):
        removal._take_storage_away(modules, "fruits-storage")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=there["DataBucket"])
    late.append("three")
    removal._take_storage_away(modules, "fruits-storage")
    assert capsys.readouterr().out == f"kept: s3://{there['DataBucket']}\n"
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == [there["DataBucket"]]


def test_a_notebook_that_was_changed_stays(aws, modules):
    """moto has no secrets in stacks, so `up --notebook` cannot be called as a whole."""
    s3, key = aws.client("s3"), "jupyter/jovyan/photos_to_components.ipynb"
    s3.create_bucket(Bucket="work")
    assert modules.put_new("the example", "work", key)
    s3.put_object(Bucket="work", Key=key, Body=b"mine")
    assert not modules.put_new("the example", "work", key)
    assert s3.get_object(Bucket="work", Key=key)["Body"].read() == b"mine"


def test_a_stack_is_told_to_keep_its_cluster(aws, up):
    policy = aws.client("cloudformation").get_stack_policy(StackName="fruits-cluster")["StackPolicyBody"]
    assert "LogicalResourceId/Cluster" in policy and "Update:Replace" in policy


def test_a_key_stays_until_it_is_changed(aws, call, up, wheel, place):
    """Also from one cluster to the next."""
    env, key = aws.environment(), "arn:aws:kms:us-east-1:123456789012:key/0a-1b"
    done = call("emr/up", "--wheel", wheel, *place, "--kms-key", key, env=env, check=1)
    assert "KmsKeyArn=; KmsKeyArn=arn" in done.stderr.replace("was made with ", "")
    aws.client("emr").terminate_job_flows(JobFlowIds=[up["ClusterId"]])
    made = printed(call("emr/up", "--wheel", wheel, *place, "--kms-key", key, env=env))
    aws.client("emr").terminate_job_flows(JobFlowIds=[made["ClusterId"]])
    call("emr/up", "--wheel", wheel, *place, env=env)
    assert parameters_now(aws, "fruits-cluster")["KmsKeyArn"] == key


def test_what_a_private_subnet_lacks_is_told(aws, call, wheel, place):
    """Nobody but EMR's public endpoint ends an idle cluster."""
    env, ec2, words = aws.environment(), aws.client("ec2"), ["--wheel", wheel, *place, "--private", "--vpc-cidr", "172.31.0.0/16"]
    said = call("emr/up", *words, env=env).stderr
    assert f"warning: --private, {place[1]}: it has no way out, like a NAT gateway" in said
    assert "no endpoints of s3, elasticmapreduce, ssm, ssmmessages, which" in said
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [place[3]]}])["RouteTables"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=place[3])
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    assert "leave --private out" in call("emr/up", *words, env=env).stderr
    ec2.delete_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0")
    nat = ec2.create_nat_gateway(SubnetId=place[1])["NatGateway"]["NatGatewayId"]
    ec2.create_route(RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
    assert "warning: --private" not in call("emr/up", *words, env=env).stderr
