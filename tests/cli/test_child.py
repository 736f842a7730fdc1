"""A program that runs in the command's place: which signals reach it, and what the command waits for."""

import signal
import subprocess
import sys

import pytest

pytestmark = pytest.mark.usefixtures("default_signals")

# Runs its arguments as a Child; "BEFORE" is done before the program is started.
CODE = """
import os, signal, subprocess, sys
from fruits.cli.child import Child
BEFORE
try:
    child = Child()
    WITHIN
    sys.exit(child.run(sys.argv[1:], dict(os.environ)))
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
SLEEP = "echo begun; sleep 60; echo over"


def start(fruits_env, shell, before="", within=""):
    code = CODE.replace("BEFORE", before).replace("WITHIN", within)
    command = [sys.executable, "-c", code, "bash", "-c", shell]
    return subprocess.Popen(command, env=fruits_env, stdout=subprocess.PIPE, text=True)


def test_the_exit_code(fruits_env):
    with start(fruits_env, "exit 3") as process:
        assert process.wait() == 3


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_both(fruits_env, number):
    with start(fruits_env, "echo begun; exec sleep 60") as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(number)
        assert process.stdout.read() == "stopped\n"


def test_a_signal_before_the_program_is_there(fruits_env):
    with start(fruits_env, SLEEP, within="os.kill(os.getpid(), signal.SIGTERM)") as process:
        assert process.stdout.read() == "stopped\n"


def test_a_signal_while_the_program_is_started(fruits_env):
    """It comes when the program runs, and before the command knows it."""
    late = "make = subprocess.Popen\n"
    late += "def popen(*words, **options):\n"
    late += "    made = make(*words, **options)\n"
    late += "    os.kill(os.getpid(), signal.SIGTERM)\n"
    late += "    return made\n"
    late += "subprocess.Popen = popen"
    with start(fruits_env, "exec sleep 60", before=late) as process:
        assert process.stdout.read() == "stopped\n"


def test_a_signal_that_is_ignored_stays_so(fruits_env):
    """As nohup has it."""
    ignoring = "signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    with start(fruits_env, "kill -HUP $PPID; kill -HUP $$; echo goes on", before=ignoring) as process:
        assert process.stdout.read() == "goes on\n"
    assert process.returncode == 0


def test_what_the_program_leaves_behind_ends_first(fruits_env, tmp_path):
    with start(fruits_env, f"(sleep 1; touch {tmp_path}/over) & exit 4") as process:
        assert process.wait() == 4
        assert (tmp_path / "over").exists()


def test_a_program_that_was_interrupted_elsewhere(fruits_env):
    with start(fruits_env, "exit 143") as process:
        assert process.stdout.read() == "stopped\n"
