"""deploy/emr/{up,submit,down} and deploy/ec2/{up,down} against a made-up AWS on 127.0.0.1, and without any.

moto knows no budgets, SSM-resolved images, managed policies of EMR or EMR Serverless stacks: of those only the calls are seen here.
"""

import subprocess
import sys

import re

import botocore.session
import pytest
from botocore.validate import ParamValidator

from support.deploy_commands import IN, OUT, WHEEL, parameters_now, printed, stack_parameters, would_call


def test_a_dry_run_needs_no_account(call, wheel):
    words = ["--wheel", wheel, "--region", "eu-west-3", "--email", "a@b.org", "--max-nodes", 5, "--notebook", "--dry-run"]
    done = call("emr/up", *words, "--input", IN, "--output", OUT)
    calls = would_call(done)
    assert [c[2]["StackName"] for c in calls] == ["fruits-storage", "fruits-network", "fruits-cluster"]
    assert all({"Key": "for-use-with-amazon-emr-managed-policies", "Value": "true"} in c[2]["Tags"] for c in calls)
    assert stack_parameters(calls[0])["BudgetEmail"] == "a@b.org"
    made = stack_parameters(calls[2])
    assert made["InputBucket"] == "photos-bucket" and made["OutputBucket"] == "results-bucket"
    assert (made["MinNodes"], made["MaxNodes"], made["IdleSeconds"], made["Notebook"]) == ("2", "5", "900", "yes")
    assert f"/{made['Wheels']}/{WHEEL}" in done.stdout and "/jupyter/jovyan/photos_to_components.ipynb" in done.stdout


def test_a_dry_run_of_serverless_without_an_image(call, wheel):
    """Of which the first real run gives the registry's name."""
    done = call("emr/up", "--wheel", wheel, "--region", "eu-west-3", "--serverless", "--dry-run")
    assert [c[2]["StackName"] for c in would_call(done)] == ["fruits-storage"]
    assert "then --serverless needs --image" in done.stderr and "there now" not in done.stderr


DRY = {
    "emr/up": [],
    "ec2/up": ["--input", IN, "--output", OUT],
    "emr/submit": [IN, OUT],
    "emr/down": ["--everything"],
    "ec2/down": [],
}


@pytest.mark.parametrize("program", DRY)
def test_a_dry_run_needs_no_region(call, wheel, program):
    done = call(program, *DRY[program], *(["--wheel", wheel] if "up" in program else []), "--dry-run")
    assert "would call" in done.stdout


@pytest.mark.parametrize("program", DRY)
def test_a_dry_run_needs_no_boto3(deploy, wheel, program):
    """Of a Python that has nothing but its own library."""
    words = [*DRY[program], *(["--wheel", wheel] if "up" in program else []), "--region", "eu-west-3", "--dry-run"]
    done = subprocess.run([sys.executable, "-S", "-I", deploy / program, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "would call" in done.stdout


def test_without_boto3_the_way_is_shown(deploy):
    done = subprocess.run([sys.executable, "-S", "-I", deploy / "emr/down", "--region", "eu-west-3"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "down: boto3 is missing: pip install boto3\n")


def test_the_folder_of_wheels_is_named_after_them(call, wheel, tmp_path):
    """A cluster that lives keeps what it was made with."""

    def folder(*words):
        done = call("emr/up", "--wheel", wheel, "--region", "eu-west-3", "--dry-run", *words)
        return stack_parameters(would_call(done)[-1])["Wheels"]

    first = folder()
    assert folder() == first
    (tmp_path / "house").mkdir()
    (tmp_path / "house/numpy-1.0-py3-none-any.whl").write_bytes(b"numpy")
    with_house = folder("--wheelhouse", tmp_path / "house")
    wheel.write_bytes(b"another")
    assert len({first, with_house, folder()}) == 3


@pytest.mark.parametrize(
    "program, words, said",
    [
        ("emr/up", ["--wheel", "missing.whl"], "expected a wheel of fruits for Python 3.11"),
        ("emr/up", ["--wheel", WHEEL.replace("cp311-cp311", "cp312-cp312")], "for Python 3.11"),
        ("emr/up", ["--wheel", WHEEL.replace("0.1.0", "9.9.9")], "no such file"),
        ("emr/up", ["--max-nodes", "1"], "expected a whole number from 2 to 1000"),
        ("emr/up", ["--min-nodes", "9", "--max-nodes", "3"], "less than --min-nodes 9"),
        ("emr/up", ["--input", "/photos"], "expected s3://bucket/folder"),
        ("emr/up", ["--subnet", "subnet-1"], "--subnet and --vpc go together"),
        ("emr/up", ["--project", "Fruits!"], "expected 2 to 21 small letters"),
        ("emr/up", ["--project", "fruits-"], "a letter or digit last"),
        ("emr/up", ["--project", "my--fruits"], "'my--fruits': expected 2 to 21"),
        ("emr/up", ["--private"], "--private needs"),
        ("emr/up", ["--idle-minutes", "-3"], "-3"),
        ("emr/up", ["--email", "me"], "expected an address like"),
        ("emr/up", ["--zone", "b"], "expected a zone like"),
        ("emr/up", ["--task-instance-type", "xlarge"], "expected a type like"),
        ("emr/up", ["--primary-instance-type", "large"], "--primary-instance-type: 'large': expected a type like"),
        ("emr/submit", [IN], "output"),
        ("emr/submit", [IN, "results"], "expected s3://bucket/folder"),
        ("emr/submit", [IN, OUT, "--", "--master=local"], "set by this command"),
        ("emr/submit", [IN, OUT, "--", "-oelsewhere"], "set by this command"),
        ("emr/submit", [IN, OUT, "--", "--log-format", "json"], "Spark has metrics and logs of its own"),
        ("emr/submit", [IN, OUT, "--", "--metrics-port=9000"], "Spark has metrics and logs of its own"),
        ("emr/submit", [IN, OUT, "--", "--plots", "png"], "fruits.plot draws"),
        ("emr/submit", ["--serverless", IN, OUT, "--", "--max-executors", "3"], "up --max-vcpu"),
        ("emr/submit", ["--serverless", "--max-hours", "169", IN, OUT], "from 1 to 168"),
        ("emr/submit", ["--max-hours", "5", IN, OUT], "--max-hours needs --serverless"),
        ("emr/up", ["--kms-key", "alias/mine"], "expected a key's name like arn:"),
        ("emr/up", ["--kms-key", "arn:aws:kms:eu-west-3:123456789012:key/0a-1b", "--serverless"], "--kms-key is of a cluster"),
        ("emr/up", ["--serverless", "--notebook"], "--notebook is of a cluster: leave it out with --serverless"),
        ("emr/up", ["--serverless", "--min-nodes", "5"], "--min-nodes is of a cluster"),
        ("emr/up", ["--max-vcpu", "64"], "--max-vcpu is of --serverless: leave it out without"),
        ("emr/up", ["--serverless", "--image", "x"], "--image: 'x': expected an image of this account like"),
        ("emr/up", ["--image", f"{12 * '1'}.dkr.ecr.eu-west-3.amazonaws.com/fruits:0.1.0"], "--image is of --serverless"),
        ("emr/up", ["--vpc-cidr", "banana"], "--vpc-cidr: 'banana': expected a range of addresses like 10.42.0.0/16"),
        ("emr/up", ["--vpc-cidr", "10.42.0.0/33"], "expected a range of addresses"),
        ("emr/up", ["--vpc-cidr", "0.0.0.0/0"], "'0.0.0.0/0': expected a VPC's range, /16 to /28"),
        ("emr/up", ["--vpc-cidr", "10.42.0.0/16"], "--vpc-cidr 10.42.0.0/16 is of --private"),
        ("emr/up", ["--subnet", "sub net", "--vpc", "vpc-1"], "'sub net': expected a name like subnet-0a1b2c3d"),
        ("emr/up", ["--subnet", "subnet-1", "--vpc", "1"], "'1': expected a name like vpc-0a1b2c3d"),
        ("emr/up", ["--subnet", "subnet-1", "--vpc", "vpc-1", "--zone", "eu-west-3b"], "--zone eu-west-3b is of the project's network"),
        ("emr/submit", [IN, OUT, "--", "--wait"], "--wait: an option of this command: give it before --"),
        ("emr/submit", [IN, OUT, "--", "--componentz", "7"], "--componentz: `fruits run` has no such option"),
        ("emr/submit", [IN, OUT, "--", "--components", "7", "extra"], "extra: expected only options"),
        ("emr/submit", [IN, OUT, "--", "--components"], "--components: expected a value after it"),
        ("emr/submit", [IN, OUT, "--", "--components", "--force"], "--components: expected a value after it"),
        ("emr/submit", [IN, OUT, "--", "--force=yes"], "--force takes no value"),
        ("ec2/up", ["--input", IN, "--output", OUT, "--", "--keep"], "--keep: an option of this command"),
        ("ec2/up", [], "the following arguments are required: --input, --output"),
        ("ec2/up", ["--input", IN, "--output", OUT, "--", "--glob", "$(reboot)"], "others would not"),
        ("ec2/up", ["--input", IN, "--output", OUT, "--keep"], "--keep needs --on-demand"),
        ("ec2/up", ["--input", "s3://photos-bucket/my photos", "--output", OUT], "--input 's3://photos-bucket/my photos': letters, digits"),
        ("ec2/up", ["--input", IN, "--output", "s3://results-bucket/$(id)"], "others would not"),
        ("ec2/up", ["--input", IN, "--output", OUT, "--", "--output", OUT], "set by this command"),
        ("ec2/up", ["--input", IN, "--output", OUT, "--", "--max-executors", "2"], "no Spark"),
    ],
)
def test_wrong_usage_is_refused(call, wheel, program, words, said):
    if "up" in program and "--wheel" not in words:
        words = ["--wheel", wheel, *words]
    done = call(program, *words, check=2)
    assert said in done.stderr and "Traceback" not in done.stderr


def test_no_credentials_and_no_region(call, wheel):
    done = call("emr/up", "--wheel", wheel, check=1)
    assert done.stderr.startswith("up: no region: give --region")
    done = call("emr/up", "--wheel", wheel, "--region", "eu-west-3", check=1)
    assert "up: no credentials" in done.stderr.splitlines()[-1]
    assert "--profile absent" in call("emr/down", "--profile", "absent", check=1).stderr


def test_a_cluster_comes_and_goes(call, aws, up, wheel, place):
    env = aws.environment()
    s3, emr, formation = aws.client("s3"), aws.client("emr"), aws.client("cloudformation")
    wheels = parameters_now(aws, "fruits-cluster")["Wheels"]
    ours = {f"{wheels}/{name}" for name in (WHEEL, "requirements.txt", "bootstrap.sh", "job.sh")}
    assert {one["Key"] for one in s3.list_objects_v2(Bucket=up["WorkBucket"])["Contents"]} == ours
    cluster = emr.describe_cluster(ClusterId=up["ClusterId"])["Cluster"]
    assert cluster["ReleaseLabel"].startswith("emr-7.") and cluster["LogUri"] == f"s3://{up['WorkBucket']}/logs/emr/"
    assert {"Key": "Project", "Value": "fruits"} in cluster["Tags"]

    # Again, with an older wheel there: nothing new is made, the older wheel goes, and the role keeps its buckets.
    s3.put_object(Bucket=up["WorkBucket"], Key="wheels/0123/fruits-0.0.9-cp311-cp311-linux_x86_64.whl", Body=b"")
    again = call("emr/up", "--wheel", wheel, *place, env=env)
    assert up["ClusterId"] in again.stdout
    assert {one["Key"] for one in s3.list_objects_v2(Bucket=up["WorkBucket"], Prefix="wheels/")["Contents"]} == ours
    assert parameters_now(aws, "fruits-cluster")["InputBucket"] == "photos-bucket"

    done = call("emr/submit", IN, OUT, "--", "--components", "5", env=env)
    assert done.stdout == f"{OUT}\n"
    (step,) = emr.list_steps(ClusterId=up["ClusterId"])["Steps"]
    assert step["Config"]["Args"] == ["/opt/fruits/bin/fruits-job", IN, "--output", OUT, "--components", "5"]
    assert step["Id"] in done.stderr

    call("emr/down", env=env)
    assert "fruits-cluster" not in {one["StackName"] for one in formation.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]}
    assert s3.list_objects_v2(Bucket=up["WorkBucket"])["KeyCount"] > 0

    # Twice is no fault; and everything goes but the photos.
    s3.put_object(Bucket=up["DataBucket"], Key="photos/a.jpg", Body=b"photo")
    assert call("emr/down", "--everything", env=env).stdout == f"kept: s3://{up['DataBucket']}\n"
    assert up["WorkBucket"] not in {one["Name"] for one in s3.list_buckets()["Buckets"]}
    assert {one["StackStatus"] for one in formation.list_stacks()["StackSummaries"]} == {"DELETE_COMPLETE"}


def test_a_cluster_that_ended_is_told_and_replaced(call, aws, up, wheel, place):
    env = aws.environment()
    aws.client("emr").terminate_job_flows(JobFlowIds=[up["ClusterId"]])
    done = call("emr/submit", IN, OUT, env=env, check=1)
    assert f"cluster {up['ClusterId']} is TERMINATED: a cluster ends when it is idle" in done.stderr
    again = call("emr/up", "--wheel", wheel, *place, env=env).stdout
    assert "ClusterId" in again and up["ClusterId"] not in again
    assert parameters_now(aws, "fruits-cluster")["InputBucket"] == "photos-bucket"  # as before


def test_a_living_cluster_is_not_replaced(call, aws, up, wheel, place):
    """Its jobs would end, and later nodes would have another version than earlier ones."""
    env, s3 = aws.environment(), aws.client("s3")
    before = parameters_now(aws, "fruits-cluster")
    wheel.write_bytes(b"another wheel")
    done = call("emr/up", "--wheel", wheel, *place, env=env, check=1)
    assert f"cluster {up['ClusterId']} is WAITING and was made with Wheels={before['Wheels']}" in done.stderr
    assert "wait until it has ended by itself, or end it with deploy/emr/down" in done.stderr
    assert s3.head_object(Bucket=up["WorkBucket"], Key=f"{before['Wheels']}/{WHEEL}")["ContentLength"] == len(b"wheel")
    wheel.write_bytes(b"wheel")
    done = call("emr/up", "--wheel", wheel, *place, "--instance-type", "m5.2xlarge", env=env, check=1)
    assert "made with InstanceType=m5.xlarge; InstanceType=m5.2xlarge would take another" in done.stderr
    assert parameters_now(aws, "fruits-cluster") == before
    # When it has ended, the other wheel is taken; and what changes in place does.
    aws.client("emr").terminate_job_flows(JobFlowIds=[up["ClusterId"]])
    wheel.write_bytes(b"another wheel")
    assert printed(call("emr/up", "--wheel", wheel, *place, env=env))["ClusterId"] != up["ClusterId"]
    call("emr/up", "--wheel", wheel, *place, "--max-nodes", "9", env=env)
    assert parameters_now(aws, "fruits-cluster")["MaxNodes"] == "9"


def test_a_primary_node_of_its_own_type(call, aws, wheel, place):
    """Steps run there, and it has other cores and memory than the executors' nodes."""
    env, words = aws.environment(), ["--wheel", wheel, *place, "--instance-type", "m5.2xlarge"]
    made = printed(call("emr/up", *words, "--primary-instance-type", "c5.xlarge", env=env))
    now = parameters_now(aws, "fruits-cluster")
    assert (now["PrimaryInstanceType"], now["InstanceType"]) == ("c5.xlarge", "m5.2xlarge")
    assert (now["NodeCores"], now["NodeMemoryMiB"]) == ("8", "32768")
    assert made["ClusterId"] in call("emr/up", *words, "--primary-instance-type", "c5.xlarge", env=env).stdout
    done = call("emr/up", *words, env=env, check=1)
    assert "was made with PrimaryInstanceType=c5.xlarge" in done.stderr


def test_a_primary_node_of_the_same_type_sizes_executors_itself(call, aws, wheel, place):
    call("emr/up", "--wheel", wheel, *place, "--primary-instance-type", "m5.xlarge", env=aws.environment())
    now = parameters_now(aws, "fruits-cluster")
    assert (now["PrimaryInstanceType"], now["NodeCores"], now["NodeMemoryMiB"]) == ("", "0", "0")


def test_a_type_that_ec2_does_not_have(call, aws, wheel, place):
    words = ["--wheel", wheel, *place, "--primary-instance-type", "c5.xlarge", "--instance-type", "m5.tiny"]
    done = call("emr/up", *words, env=aws.environment(), check=1)
    assert "ec2 describe_instance_types" in done.stderr and "m5.tiny" in done.stderr and "Traceback" not in done.stderr


def test_the_same_job_is_not_begun_twice(call, aws, up):
    """Whoever tries again after a lost network would pay for it."""
    env = aws.environment()
    assert f"s3://{up['WorkBucket']}/logs/emr/{up['ClusterId']}/steps/" in call("emr/submit", IN, OUT, env=env).stderr
    (step,) = aws.client("emr").list_steps(ClusterId=up["ClusterId"])["Steps"]
    done = call("emr/submit", IN, OUT, "--wait", env=env, check=2)
    assert f"cluster {up['ClusterId']}: step {step['Id']} has the same words and is not over" in done.stderr
    call("emr/submit", IN, OUT, "--", "--components", "5", env=env)
    call("emr/submit", IN, OUT, "--again", env=env)
    assert len(aws.client("emr").list_steps(ClusterId=up["ClusterId"])["Steps"]) == 3


def test_only_the_roles_buckets(call, aws, up):
    env = aws.environment()
    done = call("emr/submit", "s3://other/photos", OUT, env=env, check=1)
    assert "s3://other/photos: the role reads" in done.stderr and "photos-bucket, results-bucket" in done.stderr
    assert "the role writes to results-bucket" in call("emr/submit", IN, "s3://photos-bucket/out", env=env, check=1).stderr
    assert "s3://other/models: the role reads" in call("emr/submit", IN, OUT, "--", "--models=s3://other/models", env=env, check=1).stderr
    work = f"s3://{up['WorkBucket']}/logs"
    assert f"{work}: the role reads" in call("emr/submit", IN, OUT, "--", f"--models={work}", env=env, check=1).stderr
    assert aws.client("emr").list_steps(ClusterId=up["ClusterId"])["Steps"] == []


def test_a_subnet_that_emr_may_not_use(call, aws, wheel, place):
    aws.client("ec2").delete_tags(Resources=[place[1]], Tags=[{"Key": "for-use-with-amazon-emr-managed-policies"}])
    done = call("emr/up", "--wheel", wheel, *place, env=aws.environment(), check=1)
    assert f"aws ec2 create-tags --region us-east-1 --resources {place[1]} --tags Key=for-use-with-amazon-emr-" in done.stderr
    assert aws.client("cloudformation").list_stacks()["StackSummaries"] == []


def test_the_budget_stays_until_it_is_changed(call, aws, wheel):
    """Every command that makes something brings the storage up to date."""
    env, words = aws.environment(), ["--wheel", wheel, "--serverless"]  # which ends at its missing image, behind the storage
    done = call("emr/up", *words, env=env, check=1)
    assert "note: no budget watches the cost: `up --email" in done.stderr
    assert (parameters_now(aws, "fruits-storage")["BudgetEmail"], parameters_now(aws, "fruits-storage")["MonthlyBudget"]) == ("", "50")
    call("emr/up", *words, "--email", "a@b.org", "--budget", "80", env=env, check=1)
    done = call("emr/up", *words, env=env, check=1)
    assert "the budget that tells a@b.org counts nothing until" in done.stderr
    assert "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Project,Status=Active\n" in done.stderr
    assert (parameters_now(aws, "fruits-storage")["BudgetEmail"], parameters_now(aws, "fruits-storage")["MonthlyBudget"]) == ("a@b.org", "80")
    call("emr/up", *words, "--email", "", env=env, check=1)
    assert (parameters_now(aws, "fruits-storage")["BudgetEmail"], parameters_now(aws, "fruits-storage")["MonthlyBudget"]) == ("", "80")


def test_the_network_stays_in_its_zone(call, aws, wheel):
    env, words = aws.environment(), ["--wheel", wheel, "--input", IN, "--output", OUT, "--on-demand"]

    def run(*more, check=0):
        done = call("ec2/up", *words, *more, env=env, check=check)
        if not check:
            aws.client("ec2").terminate_instances(InstanceIds=[printed(done)["InstanceId"]])
        (subnet,) = aws.client("ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["10.42.0.0/20"]}])["Subnets"]
        return done, subnet["SubnetId"], subnet["AvailabilityZone"]

    _, made, zone = run("--zone", "us-east-1c")
    assert zone == "us-east-1c"
    assert run()[1:] == (made, zone) and run("--zone", zone)[1:] == (made, zone)
    done, *after = run("--zone", "us-east-1b", check=1)
    assert f"--zone us-east-1b: the network's {made} is in us-east-1c" in done.stderr and after == [made, zone]


def test_without_a_cluster_the_way_is_shown(call, aws):
    done = call("emr/submit", IN, OUT, env=aws.environment(), check=1)
    assert "there is no stack fruits-cluster in us-east-1: run `up` first" in done.stderr


def test_serverless_says_where_its_image_goes(call, aws, wheel):
    done = call("emr/up", "--wheel", wheel, "--serverless", env=aws.environment(), check=1)
    assert "build deploy/emr/serverless.Dockerfile, push it to" in done.stderr and ".dkr.ecr.us-east-1." in done.stderr


def test_a_job_of_serverless(call):
    done = call("emr/submit", "--serverless", "--region", "eu-west-3", "--dry-run", IN, OUT, "--", "--components", "3")
    ((service, operation, parameters),) = would_call(done)
    assert (service, operation) == ("emr-serverless", "start_job_run")
    assert parameters["executionTimeoutMinutes"] == 24 * 60
    job = parameters["jobDriver"]["sparkSubmit"]
    assert job["entryPointArguments"] == [IN, "--output", OUT, "--models", "/opt/fruits/models", "--components", "3"]
    assert "--conf spark.executorEnv.PYSPARK_PYTHON=/opt/fruits/bin/python" in job["sparkSubmitParameters"]
    # botocore's own description of the call.
    shape = botocore.session.get_session().get_service_model("emr-serverless").operation_model("StartJobRun").input_shape
    assert not ParamValidator().validate({**parameters, "clientToken": "token"}, shape).has_errors()


def test_the_hours_of_a_serverless_job(call):
    """AWS's own limit is twelve; seven days are what it takes at most."""
    words = ["--serverless", "--region", "eu-west-3", "--dry-run", "--max-hours", "168", IN, OUT]
    ((_, _, parameters),) = would_call(call("emr/submit", *words))
    assert parameters["executionTimeoutMinutes"] == 10080


def test_a_machine_gets_its_job(call, aws, wheel):
    ec2 = aws.client("ec2")
    words = ["--wheel", wheel, "--input", IN, "--output", OUT, "--on-demand", "--instance-type", "m6i.large"]
    done = call("ec2/up", *words, "--", "--components", "3", "--glob", "*.jpg", env=aws.environment())
    identity = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("InstanceId"))
    (instance,) = ec2.describe_instances(InstanceIds=[identity])["Reservations"][0]["Instances"]
    assert instance["InstanceType"] == "m6i.large"
    again = call("ec2/up", *words, env=aws.environment(), check=1)
    assert f"machine {identity} is at its job" in again.stderr
    ec2.terminate_instances(InstanceIds=[identity])  # as it does itself
    assert identity not in call("ec2/up", *words, env=aws.environment()).stdout
    call("ec2/down", env=aws.environment())
    assert ec2.describe_instances(InstanceIds=[identity])["Reservations"][0]["Instances"][0]["State"]["Name"] == "terminated"


def test_a_kept_machine_is_not_deleted_unasked(call, aws, wheel):
    """And nothing of it goes before the new one's words are known to be good."""
    env, ec2 = aws.environment(), aws.client("ec2")
    words = ["--wheel", wheel, "--input", IN, "--output", OUT, "--on-demand", "--keep"]
    identity = printed(call("ec2/up", *words, env=env))["InstanceId"]
    ec2.stop_instances(InstanceIds=[identity])  # as it does itself
    done = call("ec2/up", *words, env=env, check=2)
    assert f"machine {identity} is stopped, with the disk that --keep kept: --replace deletes both" in done.stderr
    assert "the role reads" in call("ec2/up", *words, "--replace", "--", "--models=s3://other/models", env=env, check=1).stderr
    assert ec2.describe_instances(InstanceIds=[identity])["Reservations"][0]["Instances"][0]["State"]["Name"] == "stopped"
    assert printed(call("ec2/up", *words, "--replace", env=env))["InstanceId"] != identity


def test_the_rights_that_are_listed(deploy, root_dir):
    """Each call that a command makes itself; CloudFormation's own are from its documentation."""
    page = (root_dir / "docs/deploy-emr.md").read_text()
    services = {"emr": "elasticmapreduce"}
    sources = [path.read_text() for path in (*deploy.glob("aws/*.py"), *deploy.glob("e*/up"), deploy / "emr/submit")]
    made = {match for text in sources for match in re.findall(r'\.(?:call|call_once|ask|all_of)\(\s*"([\w-]+)", "(\w+)"', text)}
    assert ("emr", "add_job_flow_steps") in made and ("emr-serverless", "start_job_run") in made
    other = {("s3", "delete_objects"): "s3:DeleteObjectVersion"}
    for service, operation in made:
        name = other.get((service, operation), f"{services.get(service, service)}:{operation.title().replace('_', '')}")
        assert f"`{name}`" in page, name


def test_a_bad_stack_says_what_failed(call, aws, wheel):
    aws.client("ecr").create_repository(repositoryName="fruits")  # a name that the stack wants
    done = call("emr/up", "--wheel", wheel, env=aws.environment(), check=1)
    last = done.stderr.splitlines()[-1]
    assert last.startswith("up: ") and "fruits" in last and "Traceback" not in done.stderr
