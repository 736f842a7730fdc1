"""The job's command line: that of `fruits run`, from the engine's own table of options."""

import argparse

from fruits import _core


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="job.py",
        description="fruits run on a Spark cluster: photos to features, PCA, tables and pictures.",
        epilog="example: spark-submit --master yarn job.py s3://bucket/photos --output s3://bucket/results --components 7",
        allow_abbrev=False,
    )
    made.add_argument("input", nargs="+", help="photos, folders (with all below them) or globs")
    made.add_argument("-o", "--output", required=True, help="folder for the results, which every executor can write")
    made.add_argument("--models", help="the model store: a folder on every machine, or s3://bucket/folder")
    made.add_argument("--progress", choices=("auto", "plain", "json", "none"), default="auto", help="on stderr")
    for option in _core.options():
        keywords = {"help": option["help"].replace("%", "%%"), "dest": option["name"], "default": None}
        if option["is_switch"]:
            keywords |= {"action": "store_const", "const": not option["flag"].startswith("--no-")}
        else:
            keywords |= {"metavar": option["value"], "action": "append" if option["repeatable"] else "store"}
        made.add_argument(option["flag"], **keywords)
    return made


def parse(arguments: list[str]) -> tuple[argparse.Namespace, dict]:
    """What is the job's own, and the engine's options that were given."""
    parsed = parser().parse_intermixed_args(arguments)
    given = {option["name"]: vars(parsed)[option["name"]] for option in _core.options()}
    return parsed, {name: value for name, value in given.items() if value is not None}
