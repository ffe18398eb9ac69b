import os
import subprocess
import sys
import threading
import time

import pytest

from triceras.data.workers import end_with, worked
from triceras.errors import UserError

pytestmark = pytest.mark.once


class Unpicklable:
    def __init__(self):
        self.lock = threading.Lock()

    def __len__(self):
        return 1

    def __getitem__(self, number):
        return number


def test_what_cannot_be_copied_is_told():
    with pytest.raises(UserError, match=r"data.workers=2: the source cannot be copied .*lock"):
        worked(Unpicklable(), 2)


def test_a_process_ends_with_the_one_that_it_works_for():
    code = """
import multiprocessing, threading, time
from triceras.data.workers import end_with

def wait():
    threading.Thread(
        target=end_with, args=(multiprocessing.parent_process(),), daemon=True
    ).start()
    time.sleep(60)

if __name__ == "__main__":
    child = multiprocessing.get_context("fork").Process(target=wait)
    child.start()
    print(child.pid, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        child = int(run.stdout.readline())
        os.kill(child, 0)
        run.kill()
    until = time.monotonic() + 10
    while time.monotonic() < until and alive(child):
        time.sleep(0.05)
    assert not alive(child)


def alive(process):
    try:
        with open(f"/proc/{process}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_it_waits_for_no_one_else():
    class Gone:
        joined = False

        def join(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end_with(Gone())
