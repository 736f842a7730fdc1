"""What deploy/aws makes of answers that moto never gives (stacks on their way, lost networks, refused removals, forgotten clusters), and
of the notebook."""

import botocore.exceptions
import nbformat
import pytest


@pytest.fixture(autouse=True)
def modules(deploy, monkeypatch):
    monkeypatch.syspath_prepend(str(deploy / "aws"))
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")


class Answers:
    """Of AWS, one after the other; `made` are the calls."""

    dry_run, region = False, "eu-west-3"

    def __init__(self, *answers):
        self.answers, self.made = list(answers), []

    def ask(self, service, operation, **parameters):
        self.made.append((operation, parameters))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    call = ask

    def wait(self, service, waiter, **parameters):
        self.made.append((waiter, parameters))

    def client(self, service):
        return self

    def get_paginator(self, _):
        return self

    def paginate(self, **_):
        return [{"Versions": [{"Key": "a", "VersionId": "1"}, {"Key": "wheels/1/b", "VersionId": "1"}]}]


def stack(status, **parameters):
    return {"Stacks": [{"StackStatus": status, "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]}]}


def client_error(message, operation="DescribeStacks"):
    return botocore.exceptions.ClientError({"Error": {"Code": "ValidationError", "Message": message}}, operation)


GONE = client_error("Stack with id fruits-x does not exist")


def deploy_with(monkeypatch, tmp_path, *answers):
    import calls
    import stacks

    monkeypatch.setattr(calls.time, "sleep", lambda _: None)
    (tmp_path / "x.yaml").write_text("Resources: {}")
    aws = Answers(*answers)
    stacks.deploy(aws, "fruits-x", tmp_path / "x.yaml", {"Given": 1, "Email": None, "New": None}, "fruits", {"New": "first"})
    return aws


def test_an_interrupted_command_is_taken_up(monkeypatch, tmp_path, capsys):
    """A stack on its way takes no update: it is waited for."""
    aws = deploy_with(monkeypatch, tmp_path, stack("UPDATE_IN_PROGRESS"), stack("UPDATE_IN_PROGRESS"),
                      stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), stack("UPDATE_COMPLETE", Email="a@b.org"), {})  # fmt: skip
    assert [name for name, _ in aws.made] == ["describe_stacks"] * 4 + ["update_stack", "stack_update_complete"]
    assert capsys.readouterr().err.count("stack fruits-x is UPDATE_IN_PROGRESS: waiting") == 1


def test_one_that_went_away_meanwhile_is_made(monkeypatch, tmp_path):
    aws = deploy_with(monkeypatch, tmp_path, stack("CREATE_IN_PROGRESS"), stack("ROLLBACK_IN_PROGRESS"), GONE, {"StackId": "x"})
    assert [name for name, _ in aws.made][-2:] == ["create_stack", "stack_create_complete"]


def test_a_parameter_that_is_not_given(monkeypatch, tmp_path):
    """Keeps its value; in a new stack, or where the template is older, it is the first one's or the template's own."""
    given = {"ParameterKey": "Given", "ParameterValue": "1"}
    first = {"ParameterKey": "New", "ParameterValue": "first"}
    aws = deploy_with(monkeypatch, tmp_path, stack("CREATE_COMPLETE", Email="a@b.org"), {})
    assert dict(aws.made)["update_stack"]["Parameters"] == [given, {"ParameterKey": "Email", "ParameterValue": "a@b.org"}, first]
    aws = deploy_with(monkeypatch, tmp_path, GONE, {})
    assert dict(aws.made)["create_stack"]["Parameters"] == [given, first]


def test_a_parameter_that_no_command_gives(monkeypatch, tmp_path):
    """CloudFormation alone would take the template's default again, and with it perhaps another cluster."""
    import stacks

    template = tmp_path / "x.yaml"
    template.write_text("Parameters:\n  Given:\n    Type: Number\n  By-Hand:\n    Type: String\n  ByHand:\n    Default: theirs\n  AsEver:\n    Default: \"no\"\nResources: {}\n")
    aws = Answers(stack("CREATE_COMPLETE", Given="0", ByHand="mine", AsEver="no", Gone="x"), {})
    stacks.deploy(aws, "fruits-x", template, {"Given": 1}, "fruits")
    sent = {one["ParameterKey"]: one["ParameterValue"] for one in dict(aws.made)["update_stack"]["Parameters"]}
    assert sent == {"Given": "1", "ByHand": "mine"}


def test_a_policy_holds_before_the_update(tmp_path):
    import stacks

    (tmp_path / "x.yaml").write_text("Resources: {}")
    aws = Answers(stack("CREATE_COMPLETE"), {}, {})
    stacks.deploy(aws, "fruits-x", tmp_path / "x.yaml", {}, "fruits", policy={"Statement": []})
    assert [name for name, _ in aws.made][1:3] == ["set_stack_policy", "update_stack"]
    aws = Answers(GONE, {})
    stacks.deploy(aws, "fruits-x", tmp_path / "x.yaml", {}, "fruits", policy={"Statement": []})
    assert dict(aws.made)["create_stack"]["StackPolicyBody"] == '{"Statement": []}'


def nobody_there(monkeypatch):
    import calls

    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")  # where nobody listens
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return calls.Aws("eu-west-3")


def test_a_lost_network_while_waiting(monkeypatch):
    import calls
    import stacks

    with pytest.raises(calls.Failed, match="waiting for cloudformation: Could not connect"):
        stacks._wait(nobody_there(monkeypatch), "fruits-x", "stack_create_complete")


def test_a_lost_network_while_a_failure_is_told(monkeypatch):
    import calls
    import stacks

    def wait(*_, **__):
        raise botocore.exceptions.WaiterError("StackCreateComplete", "Max attempts exceeded", {})

    aws = nobody_there(monkeypatch)
    monkeypatch.setattr(aws, "wait", wait)
    with pytest.raises(calls.Failed, match="stack fruits-x: .*Max attempts exceeded"):
        stacks._wait(aws, "fruits-x", "stack_create_complete")


def test_a_lost_network_is_told_wherever_it_is_noticed(monkeypatch):
    import applications
    import calls
    import clusters
    import stacks

    aws = nobody_there(monkeypatch)
    for ask in (stacks.find, clusters.state, applications._state):
        with pytest.raises(calls.Failed, match="Could not connect"):
            ask(aws, "x")


def test_what_is_not_removed_is_told():
    import buckets
    import calls

    denied = {"Errors": [{"Key": "a", "VersionId": "1", "Code": "AccessDenied", "Message": "Access Denied"}]}
    with pytest.raises(calls.Failed, match="s3://work-bucket/: 1 of 2 objects were not removed; a: Access Denied"):
        buckets.empty(Answers(denied), "work-bucket")
    aws = Answers({})
    buckets.empty(aws, "work-bucket", keep=("wheels/1/",))
    assert [one["Key"] for one in dict(aws.made)["delete_objects"]["Delete"]["Objects"]] == ["a"]


def test_a_forgotten_cluster_has_ended():
    """Two months after its end EMR knows it no more."""
    import calls
    import clusters

    forgotten = client_error("Cluster id 'j-ABC' is not valid.", "DescribeCluster")
    assert clusters.state(Answers(forgotten), "j-ABC") not in clusters.LIVING
    with pytest.raises(calls.Failed, match="cluster j-ABC: .*denied"):
        clusters.state(Answers(client_error("denied", "DescribeCluster")), "j-ABC")


def test_the_notebook_of_a_cluster():
    """The example, for a session that is there already, on the buckets of the cluster."""
    import cluster_notebook

    notebook = nbformat.reads(cluster_notebook.text("s3://photos/it's", "s3://results/notebook"), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "pysparkkernel"
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert 'PHOTOS = "s3://photos/it\'s"\nRESULTS = \'s3://results/notebook\'\n' in code
    assert code.count("%matplot plt") == 2
    assert not any(word in code for word in ("SparkSession", "local[", "plt.show", "spark.stop"))
    compile(code.replace("%matplot plt", ""), "notebook", "exec")


def test_a_notebook_that_has_changed_is_refused(monkeypatch, tmp_path):
    import calls
    import cluster_notebook

    monkeypatch.setattr(cluster_notebook, "EXAMPLE", tmp_path / "example.ipynb")
    (tmp_path / "example.ipynb").write_text('{"cells": [], "metadata": {}}')
    with pytest.raises(calls.Failed, match="plt.show"):
        cluster_notebook.text("s3://photos", "s3://results")
