"""`fruits run --engine spark`: starts spark-submit with the job. The native command hands over what it parsed, as JSON."""

import importlib.util
import json
import os
import pathlib
import re
import sys
import tempfile
import zipfile

from fruits._interrupts import EXIT_INTERRUPTED
from fruits.cli.child import Child
from fruits.models.errors import UsageError

MEGABYTES_A_CORE = 700  # an engine with ResNet50 in a Python worker, its files and the interpreter
LEAST_OF_JAVA_MB = 384  # Spark's own default is a tenth of the heap, at least this
_OVERHEADS = {
    "spark.executor.memoryOverhead",
    "spark.executor.memoryOverheadFactor",
    "spark.kubernetes.memoryOverheadFactor",
    "spark.yarn.executor.memoryOverhead",  # its name before Spark 2.3
}


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
        in_cluster = request["deploy_mode"] == "cluster"
        goes_on = "the application goes on in the cluster" if in_cluster else "the same command goes on from here"
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
    from fruits._sent_model import ARCHIVE

    given = dict(setting.split("=", 1) for setting in request["conf"])
    known = {**_site_settings(program, environ), **given}
    master = request["master"] or known.get("spark.master") or environ.get("MASTER") or "local[*]"
    command = [str(program), "--master", master, "--name", f"fruits run {request['output']}"]
    if request["deploy_mode"]:
        command += ["--deploy-mode", request["deploy_mode"]]
    settings = {**_settings(request, master, known, environ), **given}
    models, flags = request["models"], request["flags"]
    bundles = [] if master.startswith("local") else _bundles(request)
    if bundles:
        archive = f"{_zip(bundles, folder)}#{ARCHIVE}"
        settings["spark.archives"] = ",".join(filter(None, [known.get("spark.archives"), archive]))
        models = ARCHIVE
        if bundles[0].name != request["model"]:  # given by its path, which is this machine's
            flags = [*(flag for flag in flags if not flag.startswith("--model=")), f"--model={bundles[0].name}"]
    for name, value in settings.items():
        command += ["--conf", f"{name}={value}"]
    job = pathlib.Path(__file__).resolve().parent.parent / "spark/job.py"
    command += [str(job), *request["inputs"], "--output", request["output"], f"--models={models}"]
    return [*command, f"--progress={request['progress']}", *flags]


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
    """Defaults that suit the work, where neither the site nor --conf says anything; and what the command's flags ask for."""
    defaults = {"spark.ui.showConsoleProgress": "false"}
    if not master.startswith("local") and not known.keys() & _OVERHEADS:
        defaults["spark.executor.memoryOverhead"] = f"{_overhead_mb(known)}m"
    if master == "yarn":
        python = known.get("spark.pyspark.python") or environ.get("PYSPARK_PYTHON") or sys.executable
        defaults["spark.yarn.appMasterEnv.PYSPARK_PYTHON"] = python
        defaults["spark.executorEnv.PYSPARK_PYTHON"] = python
    if request["max_executors"] and known.get("spark.shuffle.service.enabled") != "true":
        defaults["spark.dynamicAllocation.shuffleTracking.enabled"] = "true"
    settings = {name: value for name, value in defaults.items() if name not in known}
    if request["max_executors"]:
        settings |= {
            "spark.dynamicAllocation.enabled": "true",
            "spark.dynamicAllocation.minExecutors": str(request["min_executors"]),
            "spark.dynamicAllocation.maxExecutors": str(request["max_executors"]),
        }
    return settings


def _overhead_mb(known):
    """Outside Java's heap: what Spark takes for Java by itself, and the engines."""
    cores = known.get("spark.executor.cores", "1")
    if not cores.isdecimal() or int(cores) < 1:
        raise UsageError(f"spark.executor.cores is {cores!r}: expected a whole number from 1")
    heap = _megabytes("spark.executor.memory", known.get("spark.executor.memory", "1g"))
    return max(LEAST_OF_JAVA_MB, heap // 10) + MEGABYTES_A_CORE * int(cores)


def _megabytes(name, text):
    """Of a size as Spark writes it; a plain number is MiB."""
    found = re.fullmatch(r"(\d+)(?:([bkmgtp])b?|)", text.strip().lower())
    if not found:
        raise UsageError(f"{name} is {text!r}: expected a size as 512m or 2g")
    return int(found[1]) << 10 * ("bkmgtp".index(found[2] or "m")) >> 20


def _bundles(request):
    """The model's folder and that of its int8 form, where that may be chosen; none where no local folder holds them."""
    model = request["model"]
    named = [] if "/" in model else [os.path.join(request["models"], model)]
    places = [pathlib.Path(os.path.abspath(place)) for place in (*named, model)]
    bundle = next((place for place in places if (place / "bundle.json").is_file()), None)
    if bundle is None:
        return []
    int8 = bundle.with_name(f"{bundle.name}-int8")
    may_be_int8 = {"--precision=auto", "--precision=int8"} & set(request["flags"])
    return [bundle, int8] if may_be_int8 and int8.is_dir() else [bundle]


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
