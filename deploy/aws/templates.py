"""What the templates say of their own parameters, so that a wrong value is refused here, before anything changes in AWS."""

import argparse
import functools
import json
import pathlib
import re

from calls import Failed

DEPLOY = pathlib.Path(__file__).resolve().parent.parent


@functools.cache
def parameters(text):
    """Of a template's text: by name what its lines say, as text. The templates are plain enough for no YAML reader to be needed."""
    section = re.search(r"(?ms)^Parameters:\n(.*?)(?=^\S|\Z)", text)
    found = re.findall(r"(?m)^  (\w+):\n((?:    .*\n)*)", section[1]) if section else []
    return {name: {key: _plain(value) for key, value in re.findall(r"(?m)^    (\w+): (.*)$", lines)} for name, lines in found}


def _plain(value):
    if value.startswith('"'):
        return json.loads(value)
    return value[1:-1].replace("''", "'") if value.startswith("'") else value


def takes(template, parameter, text):
    """Whether the AllowedPattern of a parameter, as in "emr/cluster.yaml", takes the text."""
    return re.fullmatch(parameters((DEPLOY / template).read_text())[parameter]["AllowedPattern"], text) is not None


def like(template, parameter, example, may_be_empty=False):
    """An argparse type: text that the parameter takes."""

    def parse(text):
        if not takes(template, parameter, text) or not (text or may_be_empty):
            raise argparse.ArgumentTypeError(f"'{text}': expected {example}")
        return text

    return parse


def check(template, values):
    """Failed where one of the values is not what the template (a path) wants; None is for what keeps its value."""
    known = parameters(template.read_text())
    for name, value in values.items():
        if value is None:
            continue
        if wrong := _wrong(known[name], str(value)):
            raise Failed(f"{name}={value}: {template.name} expects {wrong}")


def _wrong(parameter, value):
    if "AllowedPattern" in parameter and not re.fullmatch(parameter["AllowedPattern"], value):
        return f"what fits {parameter['AllowedPattern']}"
    if "AllowedValues" in parameter and value not in re.findall(r"[\w-]+", parameter["AllowedValues"]):
        return f"one of {parameter['AllowedValues']}"
    if parameter["Type"] == "Number":
        least, most = int(parameter.get("MinValue", 0)), parameter.get("MaxValue")
        if not re.fullmatch(r"\d+", value) or int(value) < least or (most and int(value) > int(most)):
            return f"a number from {least}" + (f" to {most}" if most else " on")
    return None
