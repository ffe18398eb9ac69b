import os
import signal
import subprocess
import sys
import time

import pytest

from triceras.children import child, ending_with_us, processes

pytestmark = pytest.mark.once

SLEEPER = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
COMMAND = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from triceras.children import child, ending_with_us

def run(_):
    with child([sys.executable, "-c", {SLEEPER!r}]) as process:
        for line in process.stdout:
            print(line, end="", flush=True)

with ThreadPoolExecutor(2) as pool, ending_with_us():
    list(pool.map(run, range(3)))
"""


def is_there(number):
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, -2)])
def test_children_of_all_threads_end_with_a_command_that_is_sent_a_signal(number, code):
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as command:
        started = [int(command.stdout.readline()) for _ in range(2)]
        began = time.monotonic()
        command.send_signal(number)
        # The third is not begun.
        assert command.stdout.read() == ""
    assert command.returncode == code
    assert time.monotonic() - began < 20
    assert not any(map(is_there, started))


def test_a_child_that_is_left_early_ends():
    with pytest.raises(ZeroDivisionError), child([sys.executable, "-c", SLEEPER]) as process:
        raise ZeroDivisionError
    assert process.returncode == -signal.SIGTERM
    assert not processes


def test_what_heard_the_signal_before_hears_it_again():
    before = signal.getsignal(signal.SIGTERM)
    with ending_with_us(), child([sys.executable, "-c", "print(1); raise SystemExit(3)"]) as one:
        assert signal.getsignal(signal.SIGTERM) is not before
        assert one.stdout.read() == "1\n"
    assert one.returncode == 3
    assert signal.getsignal(signal.SIGTERM) is before
