"""A program run in this one's place: signals go to it, and what it leaves behind ends first."""

import ctypes
import os
import signal
import subprocess
import time

from fruits._interrupts import STOP_SIGNALS

_BY_SIGNAL = {code for number in STOP_SIGNALS for code in (-number, 128 + number)}  # Java and shells have the latter
PATIENCE_S = 60.0  # for its orphans; a Spark driver that lost its JVM ends within half of that
_PR_SET_CHILD_SUBREAPER = 36


class Child:
    """Stop signals from its making on; one that comes before the program runs is not lost. Threads: the main one.

        child = Child()
        code = child.run(["spark-submit", ...], environment)

    A signal that this process ignores (nohup) stays ignored.
    """

    def __init__(self) -> None:
        self._is_stopped = False
        self._process: subprocess.Popen | None = None
        for number in STOP_SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._stop)

    def _stop(self, *_) -> None:
        self._is_stopped = True
        if self._process:
            # Whatever came: a shell that starts the program forgets a SIGINT.
            self._process.send_signal(signal.SIGTERM)

    def run(self, command: list[str], env: dict[str, str]) -> int:
        """Its exit code, negative where a signal of another kind ended it. KeyboardInterrupt: a stop signal did."""
        if self._is_stopped:
            raise KeyboardInterrupt
        # Orphans become this process's children: so it can wait for them.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._process = subprocess.Popen(command, env=env)
        if self._is_stopped:
            self._stop()
        code = self._process.wait()
        _wait_for_orphans(PATIENCE_S)
        if code and (self._is_stopped or code in _BY_SIGNAL):
            raise KeyboardInterrupt
        return code


def _wait_for_orphans(seconds: float) -> None:
    """Until there are none; at most so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            process, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not process:
            time.sleep(0.02)
