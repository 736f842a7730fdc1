"""`python -m fruits.cli`: the commands that the native `fruits` hands to Python."""

import argparse
import os
import sys

from fruits._interrupts import EXIT_INTERRUPTED, interrupting
from fruits.cli import models_command, plots_command, spark_command
from fruits.models.errors import ModelError, UsageError

EXIT_FAILED = 1
EXIT_USAGE = 2


class _Parser(argparse.ArgumentParser):
    """One line on stderr, without the usage block."""

    def error(self, message):
        raise UsageError(f"{message} (see: {self.prog} --help)")


def main(arguments=None):
    parser = _Parser(prog="fruits", description="The commands of fruits that need Python.", allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    models_command.add_to(commands)
    plots_command.add_to(commands)
    spark_command.add_to(commands)
    try:
        options = parser.parse_args(arguments)
        with interrupting():
            options.run(options, os.environ)
        return 0
    except UsageError as error:
        return _fail(error, EXIT_USAGE)
    except ModelError as error:
        return _fail(error, EXIT_FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted", EXIT_INTERRUPTED)


def _fail(message, code):
    print("fruits: error: " + " ".join(str(message).split()), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
