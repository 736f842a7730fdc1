"""Calls to AWS, each of which can be printed in place of being made.

    aws = Aws(region="eu-west-3", dry_run=True)
    aws.call("cloudformation", "delete_stack", StackName="fruits-cluster")   # prints it, gives {}
"""

import json
import sys
import time

MISSING = "boto3 is missing: pip install boto3"


class Failed(Exception):
    """What went wrong, in words for whoever typed the command."""


class Aws:
    """With dry_run no call is made, not even one that only asks: neither an account nor a network is needed."""

    def __init__(self, region, dry_run=False, profile=None):
        self.dry_run = dry_run
        self._clients = {}
        try:
            import boto3
            import botocore.exceptions
        except ImportError:
            if not dry_run:
                raise Failed(MISSING) from None
            self.region = region
            return
        self._errors = botocore.exceptions
        try:
            self._session = boto3.session.Session(region_name=region, profile_name=profile)
        except botocore.exceptions.ProfileNotFound as error:
            raise Failed(f"--profile {profile}: {error}") from None
        self.region = self._session.region_name
        if not self.region:
            raise Failed("no region: give --region, like eu-west-3, or set AWS_REGION")

    def client(self, service):
        if service not in self._clients:
            self._clients[service] = self._session.client(service)
        return self._clients[service]

    def call(self, service, operation, **parameters):
        """Makes one call. Failed, with AWS's words; with dry_run it prints the call and gives {}."""
        if self.dry_run:
            print(f"would call {service} {operation} {json.dumps(_short(parameters), sort_keys=True)}")
            return {}
        return self._try(lambda: getattr(self.client(service), operation)(**parameters), f"{service} {operation}")

    def ask(self, service, operation, **parameters):
        """A call whose answer is needed, and whose refusal the caller looks at: botocore's ClientError passes."""
        return getattr(self.client(service), operation)(**parameters)

    def upload(self, file, bucket, key):
        if self.dry_run:
            print(f"would upload {file.name} to s3://{bucket}/{key}")
            return
        print(f"{file.name} to s3://{bucket}/{key}", file=sys.stderr)
        self._try(lambda: self.client("s3").upload_file(str(file), bucket, key), f"upload of {file}")

    def put_new(self, text, bucket, key):
        """Whether it was written: what is there stays as it is."""
        if self.dry_run:
            print(f"would write {len(text)} bytes to s3://{bucket}/{key}, unless it is there")
            return True

        def write():
            self.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode(), IfNoneMatch="*")

        try:
            self._try(write, "s3 put_object", passing=(self._errors.ClientError,))
        except self._errors.ClientError as error:
            if error.response["Error"]["Code"] == "PreconditionFailed":
                return False
            raise Failed(f"s3://{bucket}/{key}: {error}") from None
        return True

    def wait(self, service, waiter, seconds=15, minutes=60, **parameters):
        """Until it is so. WaiterError passes: the caller knows what to say."""
        if self.dry_run:
            return
        config = {"Delay": seconds, "MaxAttempts": minutes * 60 // seconds}

        def until_it_is_so():
            self.client(service).get_waiter(waiter).wait(WaiterConfig=config, **parameters)

        self._try(until_it_is_so, f"waiting for {service}", passing=(self._errors.WaiterError,))

    def _try(self, action, what, passing=()):
        import boto3.exceptions
        import botocore.parsers

        try:
            return action()
        except passing:
            raise
        except (self._errors.NoCredentialsError, self._errors.PartialCredentialsError):
            raise Failed("no credentials: run `aws configure`, give --profile, or set AWS_ACCESS_KEY_ID and its secret") from None
        except (self._errors.BotoCoreError, self._errors.ClientError, boto3.exceptions.Boto3Error, botocore.parsers.ResponseParserError) as error:
            raise Failed(f"{what}: {' '.join(str(error).split())}") from None


def until(ask, is_over, what, seconds=15, minutes=60):
    """Asks again and again, and gives the answer that is_over() takes; Failed after so many minutes."""
    deadline = time.monotonic() + 60 * minutes
    while not is_over(answer := ask()):
        if time.monotonic() > deadline:
            raise Failed(f"{what} is {answer} for {minutes} minutes: look at it in the console")
        time.sleep(seconds)
    return answer


def _short(parameters):
    """A template is a file to look at, not a line."""
    return {name: value if name != "TemplateBody" else f"({len(value)} bytes)" for name, value in parameters.items()}
