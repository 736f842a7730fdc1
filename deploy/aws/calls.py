"""Calls to AWS, each of which can be printed in place of being made.

    aws = Aws(region="eu-west-3", dry_run=True)
    aws.call("cloudformation", "delete_stack", StackName="fruits-cluster")   # prints it, gives {}
"""

import json
import shlex
import sys
import time

MISSING = "boto3 is missing: pip install boto3"
NO_REGION = "no region: give --region, like eu-west-3, or set AWS_REGION"


class Failed(Exception):
    """What went wrong, in words for whoever typed the command."""

    exit_code = 1


class Refused(Failed):
    """What the same command will not do the next time either."""

    exit_code = 2


class Aws:
    """With dry_run no call is made, not even one that only asks: neither an account nor a network is needed."""

    def __init__(self, region, dry_run=False, profile=None):
        self.dry_run, self.profile = dry_run, profile
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
        if not self.region and not dry_run:
            raise Failed(NO_REGION)

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

    def call_once(self, service, operation, **parameters):
        """As call(), for what AWS would do twice if botocore tried again after a lost answer."""
        if self.dry_run:
            return self.call(service, operation, **parameters)
        import botocore.config

        client = self._session.client(service, config=botocore.config.Config(retries={"total_max_attempts": 1}))
        return self._try(lambda: getattr(client, operation)(**parameters), f"{service} {operation}")

    def ask(self, service, operation, **parameters):
        """A call whose answer is needed, and whose refusal the caller looks at: botocore's ClientError passes."""
        action = getattr(self.client(service), operation)
        return self._try(lambda: action(**parameters), f"{service} {operation}", passing=(self._errors.ClientError,))

    def all_of(self, service, operation, key, **parameters):
        """What all pages of an answer have under the key."""
        pages = self.client(service).get_paginator(operation).paginate(**parameters)
        return self._try(lambda: [one for page in pages for one in page.get(key, [])], f"{service} {operation}")

    def command(self, *words):
        """For messages: a command line of AWS's own tool that asks the same account."""
        place = [*(["--region", self.region] if self.region else []), *(["--profile", self.profile] if self.profile else [])]
        return shlex.join(["aws", *words, *place])

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


def until(ask, is_over, what, seconds=15, minutes=60, state=str, tells=False):
    """Asks again and again, and gives the answer that is_over() takes; Failed after so many minutes.

    state() makes a word of an answer; with `tells` each new one is told.
    """
    deadline, told = time.monotonic() + 60 * minutes, None
    while not is_over(answer := ask()):
        now = state(answer)
        if time.monotonic() > deadline:
            raise Failed(f"{what} is {now} for {minutes} minutes: look at it in the console")
        if tells and now != told:
            print(f"{what} is {now}: waiting", file=sys.stderr)
            told = now
        time.sleep(seconds)
    return answer


def _short(parameters):
    """A template is a file to look at, not a line."""
    return {name: value if name != "TemplateBody" else f"({len(value)} bytes)" for name, value in parameters.items()}
