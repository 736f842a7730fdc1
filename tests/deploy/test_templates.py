"""The CloudFormation templates: AWS's own schemas, a policy checker, and the rules of this project."""

import ast
import json
import pathlib
import re

import pytest

from support.deploy_tools import read_yaml, run_tool

TEMPLATES = ("aws/network.yaml", "aws/storage.yaml", "ec2/machine.yaml", "emr/cluster.yaml", "emr/serverless.yaml")
LIMIT = 51_200  # bytes of a template that is sent in a call


@pytest.fixture(params=TEMPLATES)
def template(request, deploy):
    return deploy / request.param


def resources(template, kind=None):
    found = read_yaml(template)["Resources"].items()
    return {name: one.get("Properties", {}) for name, one in found if kind is None or one["Type"] == kind}


def walk(value):
    yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from walk(inner)


def as_list(value):
    return value if isinstance(value, list) else [value]


def plain(value):
    """Intrinsic functions as text, so that a policy can be read."""
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)) in ("Ref", "Fn::Sub", "Fn::GetAtt"):
        text = ".".join(as_list(next(iter(value.values()))))
        text = text.replace("${AWS::Partition}", "aws").replace("${AWS::Region}", "eu-west-3").replace("${AWS::AccountId}", "1" * 12)
        return re.sub(r"\$\{(\w+)(\.Arn)?\}", lambda m: "arn:aws:s3:::" * bool(m[2]) + m[1].lower(), text)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def role_policies(template):
    """Name and document of each policy that is written here."""
    for role, properties in resources(template, "AWS::IAM::Role").items():
        for policy in properties.get("Policies", []):
            yield f"{role}/{policy['PolicyName']}", policy["PolicyDocument"]
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for name, properties in resources(template, kind).items():
            yield name, properties["PolicyDocument"]


def test_aws_would_take_them(deploy, tmp_path):
    """Its own schemas; names of actions and instance types too. A wrong one among them is noticed."""
    wrong = tmp_path / "wrong.yaml"
    text = (deploy / "emr/serverless.yaml").read_text()
    wrong.write_text(text.replace("ReleaseLabel: !Ref", "ReleaseLable: !Ref").replace("s3:GetObject", "s3:GetObjekt"))
    done = run_tool("cfn-lint", "--regions", "eu-west-3", "--format", "json", "--", *(deploy / name for name in TEMPLATES), wrong)
    found = json.loads(done.stdout)
    assert [one for one in found if one["Filename"] != str(wrong)] == []
    said = " ".join(one["Message"].lower() for one in found)
    assert "releaselable" in said and "getobjekt" in said
    assert all((deploy / name).stat().st_size <= LIMIT for name in TEMPLATES)


def test_no_aliases(template):
    """YAML that CloudFormation itself does not read."""
    assert not re.search(r"(?m)(: |- )[&*][a-z]\w*\s*$|<<:", template.read_text())


# A session of Systems Manager: its agent says that it is there, and talks. They are of no resource.
SESSIONS = {"ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
            "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"}  # fmt: skip


def test_no_policy_is_wide(template):
    for name, document in role_policies(template):
        for statement in as_list(document["Statement"]):
            if set(as_list(statement["Action"])) == SESSIONS:
                continue
            assert statement["Effect"] == "Allow" and "NotAction" not in statement and "NotResource" not in statement
            for action in as_list(statement["Action"]):
                assert "*" not in action, f"{name}: {action}"
            for resource in as_list(plain(statement["Resource"])):
                assert resource != "*" and ":::*" not in resource, f"{name}: {resource}"


# Where it is given, its policy: roles name it, so that it is there before the cluster that names them.
OWN_KEY = {"Fn::If": ["HasKey", {"Ref": "KeyPolicy"}, {"Ref": "AWS::NoValue"}]}


def test_only_amazons_smallest_policies(template):
    allowed = {"service-role/AmazonEMRServicePolicy_v2"}  # a session's would also give every parameter of the account
    for properties in resources(template, "AWS::IAM::Role").values():
        for managed in properties.get("ManagedPolicyArns", []):
            if managed == OWN_KEY:
                continue
            assert plain(managed).split(":policy/")[1] in allowed


@pytest.mark.parametrize("name, role", [("emr/cluster.yaml", "NodeRole"), ("ec2/machine.yaml", "Role")])
def test_sessions_are_allowed(deploy, name, role):
    policies = dict(role_policies(deploy / name))
    assert set(policies[f"{role}/sessions"]["Statement"][0]["Action"]) == SESSIONS


def test_who_may_take_a_role(template):
    """A service, and of services that many accounts share only for this one."""
    for name, properties in resources(template, "AWS::IAM::Role").items():
        (statement,) = properties["AssumeRolePolicyDocument"]["Statement"]
        assert set(statement["Principal"]) == {"Service"}
        if statement["Principal"]["Service"] != "ec2.amazonaws.com":
            assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}, name


def test_nobody_comes_in_from_the_internet(template):
    groups = resources(template, "AWS::EC2::SecurityGroup")
    rules = [rule for properties in groups.values() for rule in properties.get("SecurityGroupIngress", [])]
    rules += resources(template, "AWS::EC2::SecurityGroupIngress").values()
    for rule in rules:
        assert "SourceSecurityGroupId" in rule and not {"CidrIp", "CidrIpv6", "SourcePrefixListId"} & set(rule), rule
    assert not [value for value in walk(resources(template)) if value in (22, "22")]


def test_what_goes_out_is_https(template):
    for properties in resources(template, "AWS::EC2::SecurityGroup").values():
        assert properties["SecurityGroupEgress"], "without a rule everything may go out"
        for rule in properties["SecurityGroupEgress"]:
            assert rule["CidrIp"] != "0.0.0.0/0" or (rule["FromPort"], rule["ToPort"]) == (443, 443)


def test_buckets(deploy):
    template = deploy / "aws/storage.yaml"
    buckets = resources(template, "AWS::S3::Bucket")
    assert len(buckets) == 2
    for name, bucket in buckets.items():
        assert bucket["PublicAccessBlockConfiguration"] == dict.fromkeys(
            ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
        )
        assert bucket["BucketEncryption"] and bucket["OwnershipControls"]
        assert any("AbortIncompleteMultipartUpload" in rule for rule in bucket["LifecycleConfiguration"]["Rules"]), name
    guarded = [p["Bucket"]["Ref"] for p in resources(template, "AWS::S3::BucketPolicy").values()
               if any(s["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(s) for s in p["PolicyDocument"]["Statement"])]  # fmt: skip
    assert sorted(guarded) == sorted(buckets)
    assert read_yaml(template)["Resources"]["DataBucket"]["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_cluster_costs_nothing_when_it_is_idle(deploy):
    cluster = resources(deploy / "emr/cluster.yaml")["Cluster"]
    assert cluster["AutoTerminationPolicy"]["IdleTimeout"] == {"Ref": "IdleSeconds"}
    limits = cluster["ManagedScalingPolicy"]["ComputeLimits"]
    assert limits["MinimumCapacityUnits"] == {"Ref": "MinNodes"} and limits["MaximumCapacityUnits"] == {"Ref": "MaxNodes"}
    assert limits["MaximumOnDemandCapacityUnits"] == limits["MaximumCoreCapacityUnits"] == 2
    instances = cluster["Instances"]
    assert instances["MasterInstanceGroup"]["InstanceCount"] == 1 and instances["CoreInstanceGroup"]["InstanceCount"] == 2
    assert [group["Market"] for group in instances["TaskInstanceGroups"]] == ["SPOT"]
    kinds = {one["Type"] for name in TEMPLATES for one in read_yaml(deploy / name)["Resources"].values()}
    assert not kinds & {"AWS::EC2::NatGateway", "AWS::EC2::EIP"}


def test_a_living_cluster_can_change(deploy):
    """EMR takes other configurations, steps or bootstrap actions only for another cluster: none may hang on what `up` changes in place."""
    text = (deploy / "emr/up").read_text()
    in_place = set(re.findall(r'"(\w+)"', re.search(r"(?m)^IN_PLACE = \{(.*)\}$", text)[1]))
    cluster = resources(deploy / "emr/cluster.yaml")["Cluster"]
    fixed = [cluster[key] for key in cluster if key not in ("ManagedScalingPolicy", "AutoTerminationPolicy", "Tags")]
    used = {value["Ref"] for value in walk(fixed) if isinstance(value, dict) and set(value) == {"Ref"}}
    assert {"WorkBucket", "SubnetId"} <= used and not used & in_place


def test_machines_take_what_they_were_made_for(deploy):
    """From the folder of their own version, also those that come later."""
    cluster = resources(deploy / "emr/cluster.yaml")["Cluster"]
    (action,) = [one["ScriptBootstrapAction"] for one in cluster["BootstrapActions"]]
    assert action["Path"] == {"Fn::Sub": "s3://${WorkBucket}/${Wheels}/bootstrap.sh"} and action["Args"][2] == {"Ref": "Wheels"}


def test_the_primary_node_may_be_of_another_type_and_executors_are_sized_by_the_others(deploy):
    cluster = resources(deploy / "emr/cluster.yaml")["Cluster"]
    primary = cluster["Instances"]["MasterInstanceGroup"]["InstanceType"]
    assert primary == {"Fn::If": ["HasPrimaryType", {"Ref": "PrimaryInstanceType"}, {"Ref": "InstanceType"}]}
    (action,) = [one["ScriptBootstrapAction"] for one in cluster["BootstrapActions"]]
    assert action["Args"][3:] == [{"Ref": "NodeCores"}, {"Ref": "NodeMemoryMiB"}]


def configuration(deploy, kind):
    """Of the cluster; those of a notebook are within a condition."""
    found = resources(deploy / "emr/cluster.yaml")["Cluster"]["Configurations"]
    found = [one["Fn::If"][1] if "Fn::If" in one else one for one in found]
    (one,) = [one["ConfigurationProperties"] for one in found if one["Classification"] == kind]
    return one


def test_a_forgotten_notebook_does_not_keep_the_cluster(deploy):
    settings = configuration(deploy, "livy-conf")
    assert settings["livy.server.session.timeout"] == "30m"
    assert settings["livy.server.session.timeout-check"] == settings["livy.server.session.timeout-check.skip-busy"] == "true"


def test_the_stacks_policy_keeps_the_cluster(deploy):
    """Its name there is the template's."""
    text = (deploy / "emr/up").read_text()
    policy = ast.literal_eval(re.search(r"(?ms)^KEEPS_CLUSTER = (\{.*?^\})$", text)[1])
    allow, deny = policy["Statement"]
    assert (allow["Effect"], allow["Action"], allow["Resource"]) == ("Allow", "Update:*", "*")
    assert deny["Effect"] == "Deny" and set(deny["Action"]) == {"Update:Replace", "Update:Delete"}
    assert resources(deploy / "emr/cluster.yaml")[deny["Resource"].removeprefix("LogicalResourceId/")]["ReleaseLabel"]


def test_roles_read_of_the_work_bucket_what_they_need(template):
    allowed = {"workbucket/wheels/*", "workbucket/models/*", "workbucket/logs/*", "workbucket/jupyter/*"}  # wheels: the parameter's
    for name, document in role_policies(template):
        for statement in as_list(document["Statement"]):
            actions = set(as_list(statement["Action"]))
            places = {one.split(":::")[-1] for one in as_list(plain(statement["Resource"])) if isinstance(one, str) and ":::workbucket/" in one}
            assert places <= allowed, f"{name}: {places}"
            if "workbucket/logs/*" in places:
                assert actions <= {"s3:AbortMultipartUpload", "s3:PutObject"}, name
            if "workbucket/jupyter/*" in places:
                assert (template.name, name) == ("cluster.yaml", "NotebookPolicy")


def test_a_key_of_ones_own_may_be_used(deploy):
    """By EMR, which makes the disks, and by the nodes; before there is a cluster."""
    template = deploy / "emr/cluster.yaml"
    policy = resources(template)["KeyPolicy"]
    for role in ("ServiceRole", "NodeRole"):
        assert OWN_KEY in resources(template)[role]["ManagedPolicyArns"]
    actions = {action for statement in policy["PolicyDocument"]["Statement"] for action in as_list(statement["Action"])}
    assert {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"} <= actions


def test_an_output_that_a_machine_takes_is_as_its_input(deploy):
    """The command looks at both by the input's pattern."""
    parameters = read_yaml(deploy / "ec2/machine.yaml")["Parameters"]
    assert parameters["Input"]["AllowedPattern"] == parameters["Output"]["AllowedPattern"]


def test_the_commands_read_the_templates_right(template, deploy, monkeypatch):
    """Without a YAML reader, which a Python with nothing else lacks."""
    monkeypatch.syspath_prepend(str(deploy / "aws"))
    import templates

    real = read_yaml(template)["Parameters"]
    read = templates.parameters(template.read_text())
    assert read.keys() == real.keys()
    for name, parameter in real.items():
        for key in ("Type", "Default", "AllowedPattern", "MinValue", "MaxValue"):
            assert read[name].get(key) == (str(parameter[key]) if key in parameter else None), f"{name}: {key}"


def test_an_applications_master_is_on_no_spot_node(deploy):
    settings = configuration(deploy, "yarn-site")
    assert settings == {"yarn.node-labels.enabled": "true", "yarn.node-labels.am.default-node-label-expression": "CORE"}
    assert resources(deploy / "emr/cluster.yaml")["Cluster"]["Instances"]["CoreInstanceGroup"]["Market"] == "ON_DEMAND"


def test_the_budget_has_no_name_of_its_own(deploy):
    """A changed address makes another one, which could not have the same."""
    assert "BudgetName" not in resources(deploy / "aws/storage.yaml")["Budget"]["Budget"]


def test_the_application_stops(deploy):
    application = resources(deploy / "emr/serverless.yaml")["Application"]
    assert application["AutoStopConfiguration"]["Enabled"] is True and "MaximumCapacity" in application
    assert "InitialCapacity" not in application


def test_everything_bears_the_projects_tag(template):
    """By which the budget counts."""
    untagged = {"AWS::EC2::VPCGatewayAttachment", "AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation", "AWS::EC2::VPCEndpoint",
                "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress", "AWS::IAM::InstanceProfile", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy",
                "AWS::S3::BucketPolicy", "AWS::Budgets::Budget", "AWS::EMR::SecurityConfiguration", "AWS::EC2::LaunchTemplate"}  # fmt: skip
    for name, one in read_yaml(template)["Resources"].items():
        if one["Type"] not in untagged:
            assert {"Key": "Project", "Value": {"Ref": "Project"}} in one["Properties"]["Tags"], name


@pytest.mark.slow
def test_policy_checker(template):
    """Checkov; what it is told to leave out stands with a reason in checkov.json."""
    reasons = json.loads((pathlib.Path(__file__).with_name("checkov.json")).read_text())
    done = run_tool("checkov", "-f", template, "--framework", "cloudformation", "--compact", "--quiet", "--skip-download", "-o", "json",
                    environment="checkov")  # fmt: skip
    assert done.stdout, done.stderr[-2000:]
    results = json.loads(done.stdout)
    failed = [f"{one['check_id']} {one['resource']}: {one['check_name']}" for one in results.get("results", {}).get("failed_checks", [])]
    left = [line for line in failed if not any(re.match(f"{re.escape(key)}(:|\\.|$)", line) for key in reasons)]
    assert left == []
