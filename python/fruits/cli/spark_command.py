"""`fruits run --engine spark`: starts spark-submit with the job. The native command hands over what it parsed, as JSON."""

import importlib.util
import json
import os
import pathlib
import re
import sys
import tempfile
import zipfile

from fruits.cli.child import EXIT_INTERRUPTED, Child
from fruits.models.errors import UsageError

MEGABYTES_A_CORE = 700  # an engine with ResNet50 in a Python worker, its files and the interpreter


def add_to(commands):
    command = commands.add_parser("spark", help="run on a Spark cluster (called by `fruits run --engine spark`)")
    command.add_argument("request", help="JSON")
    command.set_defaults(run=lambda options, environ: submit(json.loads(options.request), environ))


def submit(request, environ):
    """Runs spark-submit, which gets the signals that are meant for it."""
    child = Child()
    program = _spark_submit(environ)
    try:
        with tempfile.TemporaryDirectory(prefix="fruits-spark-") as folder:
            code = child.run(command_line(request, program, environ, pathlib.Path(folder)), environment(request, environ))
    except KeyboardInterrupt:
        goes_on = "the application goes on in the cluster" if request["deploy_mode"] == "cluster" else "the same command goes on from here"
        print(f"fruits: stopped; {goes_on}", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    if code:
        sys.exit(code if code > 0 else 128 - code)


def environment(request, environ):
    """Of spark-submit: executors run this interpreter, unless told otherwise."""
    python = {name: sys.executable for name in ("PYSPARK_PYTHON", "PYSPARK_DRIVER_PYTHON")}
    return {**python, **environ}


def command_line(request, program, environ, folder):
    """The arguments of spark-submit; `folder` keeps what is sent along."""
    master = request["master"] or environ.get("MASTER", "local[*]")
    from fruits._sent_model import ARCHIVE

    command = [str(program), "--master", master, "--name", f"fruits run {request['output']}"]
    if request["deploy_mode"]:
        command += ["--deploy-mode", request["deploy_mode"]]
    given = dict(setting.split("=", 1) for setting in request["conf"])
    known = {**_site_settings(program, environ), **given}
    settings = {**_settings(request, master, known, environ), **given}
    models = request["models"]
    bundles = [pathlib.Path(models) / name for name in _wanted_models(request)]
    if not master.startswith("local") and (bundles[0] / "bundle.json").is_file():
        archive = _zip([bundle for bundle in bundles if bundle.is_dir()], folder)
        settings["spark.archives"] = ",".join(filter(None, [settings.get("spark.archives"), f"{archive}#{ARCHIVE}"]))
        models = ARCHIVE
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    job = pathlib.Path(__file__).resolve().parent.parent / "spark/job.py"
    command += [str(job), *request["inputs"], "--output", request["output"], f"--models={models}"]
    return [*command, f"--progress={request['progress']}", *request["flags"]]


def _site_settings(program, environ):
    """Of this installation's spark-defaults.conf."""
    folder = pathlib.Path(environ.get("SPARK_CONF_DIR") or program.parent.parent / "conf")
    try:
        lines = (folder / "spark-defaults.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    pairs = (re.split(r"[\s=:]+", line.strip(), maxsplit=1) for line in lines if line.strip() and line.strip()[0] not in "#!")
    return {pair[0]: pair[1] if len(pair) > 1 else "" for pair in pairs}


def _settings(request, master, known, environ):
    """Defaults that suit the work; what the site or --conf says has the last word."""
    settings = {"spark.ui.showConsoleProgress": "false"}
    if not master.startswith("local") and "spark.executor.memoryOverhead" not in known:
        cores = known.get("spark.executor.cores", "1")
        if not cores.isdecimal() or int(cores) < 1:
            raise UsageError(f"spark.executor.cores is {cores!r}: expected a whole number from 1")
        settings["spark.executor.memoryOverhead"] = f"{MEGABYTES_A_CORE * int(cores)}m"
    if master == "yarn":
        python = environ.get("PYSPARK_PYTHON", sys.executable)
        settings["spark.yarn.appMasterEnv.PYSPARK_PYTHON"] = python
        settings["spark.executorEnv.PYSPARK_PYTHON"] = python
    if request["max_executors"]:
        settings |= {
            "spark.dynamicAllocation.enabled": "true",
            "spark.dynamicAllocation.shuffleTracking.enabled": "true",
            "spark.dynamicAllocation.minExecutors": str(request["min_executors"]),
            "spark.dynamicAllocation.maxExecutors": str(request["max_executors"]),
        }
    return settings


def _wanted_models(request):
    """The model, and its int8 form where that may be chosen."""
    model = request["model"]
    may_be_int8 = {"--precision=auto", "--precision=int8"} & set(request["flags"])
    return [model, f"{model}-int8"] if may_be_int8 else [model]


def _zip(bundles, folder):
    """NAME/bundle.json and the files beside it of each, stored: weights do not compress."""
    archive = folder / f"{bundles[0].name}.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        for bundle in bundles:
            for path in sorted(p for p in bundle.rglob("*") if p.is_file()):
                file.write(path, pathlib.Path(bundle.name) / path.relative_to(bundle))
    return archive


def _spark_submit(environ):
    home = environ.get("SPARK_HOME")
    if not home:
        spec = importlib.util.find_spec("pyspark")
        if spec is None:
            raise UsageError("--engine spark needs pyspark: pip install pyspark, or set SPARK_HOME to a Spark 3.5 or newer")
        home = spec.submodule_search_locations[0]
    program = pathlib.Path(home) / "bin/spark-submit"
    if not program.is_file():
        raise UsageError(f"SPARK_HOME={home}: there is no {program}")
    return program
