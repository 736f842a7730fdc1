"""Buckets: their addresses, which of them a role reaches, and emptying one."""

import argparse
import re

from calls import Failed

ADDRESS = re.compile(r"s3a?://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/.*)?")


def uri(text):
    if not ADDRESS.fullmatch(text):
        raise argparse.ArgumentTypeError(f"'{text}': expected s3://bucket/folder")
    return re.sub(r"^s3a://", "s3://", text)


def bucket_of(address):
    return ADDRESS.fullmatch(address)[1]


def named(options):
    """Names of the bucket that is read and of the one that is written; None where it is not given."""
    return tuple(address and bucket_of(address) for address in (options.input, options.output))


def readable(read, written, work):
    """What a job's role reads, as buckets and folders; of the work bucket models alone."""
    return {read, written, f"{work}/models"}


def refuse_others(words, places, remedy):
    """An address elsewhere would be refused on the machine, when it is paid for."""
    for word in words:
        for address in re.findall(r"s3a?://([^,]+)", word):
            if not any(address == place or address.startswith(f"{place}/") for place in places):
                raise Failed(f"{word}: the role reads {', '.join(sorted(places))} and nothing else: {remedy}")


def empty(aws, bucket, prefix="", keep=()):
    """Removes every object and version below the prefix, but for what begins with one of `keep`."""
    import botocore.exceptions

    try:
        pages = aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in pages:
            found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            keys = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in found if not entry["Key"].startswith(keep)]
            if not keys:
                continue
            done = aws.call("s3", "delete_objects", Bucket=bucket, Delete={"Objects": keys, "Quiet": True})
            if errors := done.get("Errors"):
                first = f"{errors[0]['Key']}: {errors[0].get('Message') or errors[0].get('Code')}"
                raise Failed(f"s3://{bucket}/{prefix}: {len(errors)} of {len(keys)} objects were not removed; {first}")
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
        raise Failed(f"s3://{bucket}/{prefix}: {error}") from None
