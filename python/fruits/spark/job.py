"""`fruits run` on a Spark cluster: for spark-submit, and what `fruits run --engine spark` submits.

    spark-submit --master yarn job.py s3://bucket/photos --output s3://bucket/results --model resnet50 --models s3://bucket/models

The driver lists the photos and holds the output folder; executors read photos and write parts of features into it; then the
driver fits, projects and publishes as on one machine, from parts that are the same bytes as there. So every machine must reach
inputs, output and models under the same addresses, and the same command goes on after any failure.
"""

import contextlib
import os
import sys

SECONDS_BETWEEN_LINES = 10
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_TOO_MANY_REJECTED = 3


def main(arguments: list[str]) -> int:
    # Not this file's folder, which spark-submit puts first: its names are no modules of their own.
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]

    from fruits._interrupts import EXIT_INTERRUPTED
    from fruits.spark._interruption import Interruption

    interruption = Interruption()
    try:
        return _run(arguments, interruption)
    except KeyboardInterrupt:
        return _fail("stopped; the same command goes on from here", EXIT_INTERRUPTED)


def _run(arguments: list[str], interruption) -> int:
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    import fruits
    from fruits.spark import _failure
    from fruits.spark import arguments as command_line
    from fruits.spark.runs import run

    parsed, options = command_line.parse(arguments)
    show = _shower(parsed.progress)

    def on_progress(event):
        interruption.check()
        show(event)

    try:
        with _session(SparkSession.builder, interruption) as spark:
            summary = run(spark, parsed.input, parsed.output, models=parsed.models, on_progress=on_progress, **options)
    except ValueError as error:
        return _fail(error, EXIT_USAGE)
    except (OSError, RuntimeError, Py4JError, PySparkException, fruits.Error) as error:
        interruption.check()  # the JVM's end is no failure of its own
        return _fail(_failure.line(error), EXIT_FAILED)
    counts = summary.counts
    print(f"{counts['photos']} photos: {counts['features']} feature rows, {counts['rejected']} rejected", file=sys.stderr)
    if summary.precision_reason:
        print(f"precision {summary.precision}, chosen: {summary.precision_reason}", file=sys.stderr)
    print(f"{summary.images_per_second:.1f} images/s, {summary.seconds['total']:.2f} s in all", file=sys.stderr)
    print(_use_line(summary), file=sys.stderr)
    print(summary.output)
    return EXIT_TOO_MANY_REJECTED if summary.too_many_rejected else 0


def _fail(message, code: int) -> int:
    with contextlib.suppress(BrokenPipeError):  # spark-submit, which reads this, is gone
        print(f"fruits: {message}", file=sys.stderr)
    return code


@contextlib.contextmanager
def _session(builder, interruption):
    from py4j.protocol import Py4JError

    spark = builder.getOrCreate()
    try:
        interruption.take_signals()  # the session took SIGINT for itself
        yield spark
    finally:
        with contextlib.suppress(Py4JError, OSError):  # a JVM that is gone has no session to stop
            spark.stop()


def _use_line(summary) -> str:
    use = summary.use
    line = f"{summary.counts['photos']} photos"
    if "core_hours" in use:
        line += f", {use['core_hours']:.3g} core-hours of executors' tasks"
    if "cost" in use:
        line += f", cost {use['cost']:.3g} at {use['price_per_hour']:g} an hour"
    return line


def _shower(style: str):
    if style == "none":
        return lambda event: None
    import json
    import time

    last = {"phase": "", "time": 0.0}

    def show(event):
        if style == "json":
            print(json.dumps(event), file=sys.stderr, flush=True)
            return
        begins, now = event["phase"] != last["phase"], time.monotonic()
        if not begins and now - last["time"] < SECONDS_BETWEEN_LINES:
            return
        last.update(phase=event["phase"], time=now)
        much = f": {event['done']:,} of {event['total']:,}, {event['images_per_second']:.1f} images/s" if event["done"] else ""
        print(f"fruits: {event['phase']}{much}", file=sys.stderr, flush=True)

    return show


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
