import os
import signal
import subprocess
import sys
import threading

import pytest

from triceras.sweeps.forward import forwarding

pytestmark = pytest.mark.once

CHILD = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
signal.signal(signal.SIGINT, lambda *_: sys.exit(1))
print("ready", flush=True)
time.sleep({seconds})
"""


@pytest.fixture
def child():
    """A function that starts a process which ends with 75 upon SIGTERM."""
    started = []

    def start(seconds):
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD.format(seconds=seconds)], stdout=subprocess.PIPE
        )
        started.append(process)
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_the_job_is_told(child):
    process = child(60)
    before = signal.getsignal(signal.SIGTERM)
    with forwarding(process, ["SIGTERM", "SIGNOSUCH"]) as came:
        os.kill(os.getpid(), signal.SIGTERM)
        assert process.wait(30) == 75
    assert came == ["SIGTERM"]
    assert signal.getsignal(signal.SIGTERM) == before


def test_of_ctrl_c_the_terminal_tells_it(child):
    process = child(0.5)
    with forwarding(process, ["SIGINT"]) as came:
        os.kill(os.getpid(), signal.SIGINT)
        assert process.wait(30) == 0
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert came == ["SIGINT"]


def test_another_thread_goes_without(child):
    process = child(0.1)
    before = signal.getsignal(signal.SIGTERM)
    found = []

    def run():
        with forwarding(process, ["SIGTERM"]):
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]
