"""Stop signals to the commands that need Python: what was begun is removed on the way out, then exit code 130."""

import signal
import threading

import pytest
from fruits import _interrupts
from fruits._interrupts import STOP_SIGNALS, interrupting
from fruits.cli.__main__ import main
from fruits.models import quantizer

pytestmark = pytest.mark.usefixtures("default_signals")


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_each_raises_and_is_put_back(number):
    before = [signal.getsignal(each) for each in STOP_SIGNALS]
    with pytest.raises(KeyboardInterrupt), interrupting():
        signal.raise_signal(number)
    assert [signal.getsignal(each) for each in STOP_SIGNALS] == before


def test_those_of_the_same_moment_do_not_break_into_the_removing(monkeypatch):
    removed = []
    with pytest.raises(KeyboardInterrupt), interrupting():
        try:
            signal.raise_signal(signal.SIGTERM)
        finally:
            signal.raise_signal(signal.SIGTERM)
            signal.raise_signal(signal.SIGINT)
            removed.append(True)
    assert removed


def test_a_later_one_is_another_wish(monkeypatch):
    monkeypatch.setattr(_interrupts, "SAME_WISH_S", -1.0)
    with interrupting():
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGTERM)


def test_one_that_is_ignored_stays_so():
    """As nohup has it."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with interrupting():
        signal.raise_signal(signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def test_another_thread_changes_nothing():
    seen = []

    def work():
        with interrupting():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.SIG_DFL]


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_the_exit_code(monkeypatch, capsys, tmp_path, number):
    monkeypatch.setattr(quantizer, "quantize", lambda *_: signal.raise_signal(number))
    assert main(["models", "quantize", "net", "--calibration", "x", "--models", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "fruits: error: interrupted\n"
