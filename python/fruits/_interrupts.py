"""How a command is stopped from outside, and what it then ends with."""

import contextlib
import signal
import threading
import time

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_INTERRUPTED = 130
SAME_WISH_S = 1.0  # one key press or one `timeout` may send several signals; as apps/cli/stop_signals.cc has it


@contextlib.contextmanager
def interrupting():
    """Within, any stop signal raises KeyboardInterrupt in the main thread, so that unfinished things are removed on the way out.

    Those of the moment after the first do nothing: they would break into the removing. What the caller has us ignore (nohup)
    stays ignored. Elsewhere than in the main thread nothing changes.
    """
    came = None

    def stop(*_):
        nonlocal came
        now = time.monotonic()
        if came is None or now - came > SAME_WISH_S:
            came = now
            raise KeyboardInterrupt

    before = {}
    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        # None: not set by Python, and could not be put back.
        before = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    try:
        for number in before:
            signal.signal(number, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
