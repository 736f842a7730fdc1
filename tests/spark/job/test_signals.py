"""What ends `fruits run --engine spark` on the way: command, JVM, driver and workers end, and nothing is published."""

import json
import os
import signal
import subprocess
import sys

import psutil
import pytest

from support.s3_runs import wait_until
from support.spark_job import SMALL

pytestmark = pytest.mark.usefixtures("default_signals")

STOPPED = "stopped; the same command goes on from here"


def assert_all_ended(process, started, out):
    _, err = process.communicate(timeout=120)
    assert (process.returncode, STOPPED in err) == (130, True), err[-3000:]
    assert not [p for p in started if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert not (out / "run.json").exists()


@pytest.mark.parametrize(("phase", "number"), [("listing", signal.SIGTERM), ("fitting", signal.SIGHUP)])
def test_a_driver_ends_without_executors_at_work(local_spark, command_line, photos, tmp_path, phase, number):
    words = ("run", photos, "-o", tmp_path / "out", *SMALL, "--progress", "json")
    with command_line.start(*words, cluster=local_spark) as running:
        process = running.process
        running.wait_for_phase("listing")
        driver = running.driver()
        if phase != "listing":
            running.wait_for_phase(phase)
        driver.suspend()  # so that the phase lasts
        try:
            jvm = driver.parent()
            started = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(number)
            psutil.wait_procs([jvm], timeout=60)
            assert not jvm.is_running() and process.poll() is None  # the command waits for its driver
        finally:
            driver.resume()
        assert_all_ended(process, started, tmp_path / "out")
    command_line("run", photos, "-o", tmp_path / "out", *SMALL)  # the folder is free again
    assert json.loads((tmp_path / "out/run.json").read_text())["counts"]["kept"] == (0 if phase == "listing" else 301)


def test_ctrl_c_at_a_terminal(local_spark, command_line, many_photos, tmp_path):
    """Its whole group gets the signal: the command, the JVM and the driver at once."""
    with command_line.start("run", many_photos, "-o", tmp_path / "out", "--progress", "json", cluster=local_spark) as running:
        running.wait_for_phase("featurizing")
        features = tmp_path / "out/features"
        wait_until(lambda: any(features.glob("*.parquet")), "a part", 300)
        started = psutil.Process(running.process.pid).children(recursive=True)
        os.killpg(running.process.pid, signal.SIGINT)
        assert_all_ended(running.process, started, tmp_path / "out")


# A driver without Spark: it waits, and says how it ended.
DRIVER = """
import sys, time
from fruits.spark._interruption import Interruption
try:
    interruption = Interruption()
    print("waits", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    try:
        interruption.check()
    except KeyboardInterrupt:
        print("stopped", flush=True)
"""
# What starts it, as a JVM does.
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1]])
time.sleep(60)
"""


def test_a_driver_whose_jvm_is_killed(fruits_env):
    env = {**fruits_env, "PYSPARK_GATEWAY_PORT": "1"}
    parent = subprocess.Popen([sys.executable, "-c", PARENT, DRIVER], env=env, stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "waits\n"
    parent.kill()
    assert parent.stdout.read() == "stopped\n"
    parent.wait()


def test_a_driver_of_its_own_outlives_the_shell_that_started_it(fruits_env):
    code = DRIVER.replace("sleep(60)", "sleep(2)") + "else:\n    print('done', flush=True)\n"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, code], env=fruits_env, stdout=subprocess.PIPE, text=True)
    assert parent.stdout.readline() == "waits\n"
    parent.kill()
    assert parent.stdout.read() == "done\n"
    parent.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_stops_a_driver_once(fruits_env, number):
    code = DRIVER + "    time.sleep(1)\n    print('cleaned up', flush=True)\n"
    with subprocess.Popen([sys.executable, "-c", code], env=fruits_env, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout.readline() == "waits\n"
        driver.send_signal(number)
        assert driver.stdout.readline() == "stopped\n"
        driver.send_signal(number)
        assert driver.stdout.read() == "cleaned up\n"
    assert driver.returncode == 0
