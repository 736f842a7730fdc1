"""What ends a driver before its work is done: a signal, or the end of the JVM that started it.

    interruption = Interruption()
    spark = SparkSession.builder.getOrCreate()
    interruption.take_signals()     # the session took SIGINT for itself

spark-submit starts the driver as a child of its JVM and does not end it: a JVM that is killed would leave a driver that
lists, fits and publishes for nobody.
"""

import os
import signal
import threading
import time

from fruits._interrupts import EXIT_INTERRUPTED, STOP_SIGNALS

_EVERY_S = 0.2
_PATIENCE_S = 30.0  # then the process ends as it is
_BY_SPARK_SUBMIT = "PYSPARK_GATEWAY_PORT"  # set in a driver whose parent is the JVM


class Interruption:
    """The first stop signal raises KeyboardInterrupt in the main thread; later ones, of the same key press, do nothing.

    Threads: made in the main thread; check() in any.
    """

    def __init__(self) -> None:
        self._came = threading.Event()
        # What the caller has us ignore (nohup) stays ignored; a parent's end comes as SIGTERM.
        self._signals = [n for n in STOP_SIGNALS if n == signal.SIGTERM or signal.getsignal(n) != signal.SIG_IGN]
        self.take_signals()
        if _BY_SPARK_SUBMIT in os.environ:
            threading.Thread(target=self._watch, args=(os.getppid(),), name="fruits parent", daemon=True).start()

    def take_signals(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, self._take if number in self._signals else signal.SIG_IGN)

    def check(self) -> None:
        """Raises KeyboardInterrupt where one came: for what runs beside the main thread."""
        if self._came.is_set():
            raise KeyboardInterrupt

    def _take(self, *_) -> None:
        if not self._came.is_set():
            self._came.set()
            raise KeyboardInterrupt

    def _watch(self, parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(_EVERY_S)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
        time.sleep(_PATIENCE_S)
        os._exit(EXIT_INTERRUPTED)
