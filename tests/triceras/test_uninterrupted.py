import os
import signal
import subprocess
import sys
import threading

import pytest

from triceras.uninterrupted import uninterrupted

pytestmark = pytest.mark.once


@pytest.fixture(autouse=True)
def as_in_a_terminal():
    """A shell has what it starts in the background ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupted(done, error=None):
    with uninterrupted():
        os.kill(os.getpid(), signal.SIGINT)
        done.append(1)
        if error:
            raise error


def test_an_interrupt_comes_at_the_end():
    done = []
    with pytest.raises(KeyboardInterrupt):
        interrupted(done)
    assert done
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_nothing_comes_where_nobody_asked_and_an_error_stays_itself():
    with uninterrupted():
        pass
    with pytest.raises(ImportError):
        interrupted([], ImportError())


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="a signal of POSIX")
def test_what_handles_other_signals_is_called_at_the_end_too():
    came = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: came.append(number))
    handler = signal.getsignal(signal.SIGUSR1)
    try:
        with uninterrupted():
            os.kill(os.getpid(), signal.SIGUSR1)
            assert came == []
        assert came == [signal.SIGUSR1]
        assert signal.getsignal(signal.SIGUSR1) is handler
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_what_is_ignored_stays_so_and_another_thread_holds_nothing():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupted([])
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)

    def elsewhere():
        with uninterrupted():
            assert signal.getsignal(signal.SIGINT) is before

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_run_that_is_interrupted_while_it_imports_ends_as_one(backend, name):
    child = f"""
import os, signal, sys
from triceras import backend
from triceras.commands.train import import_experiment
from triceras.runs.stop import Stop
stop = Stop()
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, stop.handle)
backend.use("{backend}")

class Interrupts:
    def find_spec(self, name, path=None, target=None):
        if name == "keras.src.layers":
            os.kill(os.getpid(), signal.{name})

sys.meta_path.insert(0, Interrupts())
try:
    import_experiment()
except KeyboardInterrupt:
    if stop.timer:
        stop.timer.cancel()
    print("interrupted", "keras.src.layers" in sys.modules)
"""
    found = subprocess.run(
        [sys.executable, "-c", child], capture_output=True, text=True, timeout=100
    )
    assert found.stdout.strip() == "interrupted True", found.stderr
