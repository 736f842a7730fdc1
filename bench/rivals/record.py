"""What a benchmark's JSON says besides its runs: when, of which commit, on what machine, with which versions."""

import datetime
import importlib.metadata
import platform

import environments
import machine
import setting
from scenarios import Rival

PROJECT = ("numpy", "openvino", "nncf", "pyarrow", "pyspark", "scikit-learn", "scipy", "scipy-openblas32")  # whichever are there


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def project_versions() -> dict[str, str]:
    """Of the environment that Fruits and the rivals of "project" run in."""
    found = {package: version for package in PROJECT if (version := _version(package))}
    return {"python": platform.python_version(), **found}


def environment_files(name: str) -> list[str]:
    """The lists that pin the packages of a rival's environment, its own and those below it."""
    if name == "project":
        return ["requirements.txt", "requirements-dev.txt"]
    if name == "original":
        return ["bench/spark/original_environment.py", "requirements.txt", "requirements-dev.txt"]
    path = environments.LISTS / f"{name}.txt"
    base = environments.base_of(path.read_text())
    return [str(path.relative_to(setting.ROOT)), *(environment_files(base) if base else [])]


def circumstances(rivals: list[Rival]) -> dict:
    return {
        "machine": setting.machine(),
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "commit": machine.commit(),
        "versions": project_versions(),
        "environments": {rival.name: environment_files(rival.environment) for rival in rivals},
    }
