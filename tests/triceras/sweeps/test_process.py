import signal
import sys
import time
from pathlib import Path

import pytest

from triceras.sweeps.process import JobProcess, ending
from triceras.testing.sweeps import wait_for_word

pytestmark = pytest.mark.once

HEARS = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(75))
signal.signal(signal.SIGINT, lambda *_: time.sleep(60) or None)
print("run: here", flush=True)
time.sleep(60)
"""


def start(tmp_path, code, **options):
    return JobProcess([sys.executable, "-S", "-c", code], tmp_path / "job.log", **options)


def test_output_is_kept_and_what_it_says_is_found(tmp_path):
    (tmp_path / "job.log").write_text("run: before\n")
    code = "import sys; print('run: a', 'run: b', 'error: c', sep='\\n'); sys.exit('run: d')"
    process = start(tmp_path, code)
    process.process.wait()
    process.read("run: ", "error: ")
    assert process.said == {"run: ": "d", "error: ": "c"}
    assert process.close() == 1
    kept = (tmp_path / "job.log").read_text()
    assert sorted(kept.splitlines()) == ["error: c", "run: a", "run: b", "run: before", "run: d"]


def test_it_is_told_once_and_ends_by_itself(tmp_path):
    process = start(tmp_path, HEARS)
    wait_for_word(process)
    process.tell("SIGTERM")
    process.tell("SIGKILL")
    assert process.close() == 75
    assert process.told == "SIGTERM"


def test_it_is_told_by_a_signal_that_it_listens_to(tmp_path):
    process = start(tmp_path, HEARS)
    process.hears = ["SIGINT", "SIGTERM"]
    wait_for_word(process)
    process.tell("SIGUSR2")
    assert process.close() == 75
    assert process.told == "SIGUSR2"


def test_one_that_does_not_hear_is_killed_with_what_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr("triceras.sweeps.process.PATIENCE", 0.1)
    code = HEARS.replace("here", "{pid}").replace("print(", "pid = os.fork()\nif pid: print(f")
    process = start(tmp_path, "import os" + code)
    wait_for_word(process)
    while process.process.poll() is None:
        process.kill()
        time.sleep(0.02)
    assert process.close() == -signal.SIGKILL
    # Whoever adopts it may take a moment to notice.
    path = Path("/proc", process.said["run: "], "stat")
    while path.exists() and path.read_text().split()[2] != "Z":
        time.sleep(0.02)


def test_its_input_is_handed_over_and_stays_open(tmp_path):
    code = "import sys; print('run:', sys.stdin.read(3), flush=True); sys.stdin.read(1)"
    process = start(tmp_path, code, handed=b"all", environment={"HERE": "1"})
    wait_for_word(process)
    assert process.said["run: "] == "all"
    assert process.process.poll() is None
    process.stdin.close()
    assert process.process.wait() == 0
    process.close()


def test_one_that_ends_before_it_reads_says_why(tmp_path):
    process = start(tmp_path, "print('error: no')", handed=b"x" * 2**20)
    process.process.wait()
    process.read("error: ")
    assert (process.close(), process.said) == (0, {"error: ": "no"})


def test_it_does_not_inherit_that_errors_are_raised(tmp_path, monkeypatch):
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    code = "import os; print('run:', os.environ.get('HYDRA_FULL_ERROR'), os.environ['THREADS'])"
    process = start(tmp_path, code, environment={"THREADS": "2"})
    wait_for_word(process)
    assert process.said["run: "] == "None 2"
    process.close()


@pytest.mark.parametrize(
    ("code", "told", "status"),
    [
        (0, None, "finished"),
        (0, "SIGTERM", "finished"),
        (75, None, "interrupted"),
        (130, None, "interrupted"),
        (-15, None, "interrupted"),
        (-9, "SIGINT", "interrupted"),
        (-9, None, "killed"),
        (-11, None, "failed"),
        (1, None, "failed"),
        (1, "SIGTERM", "failed"),
    ],
)
def test_how_it_ended(code, told, status):
    assert ending(code, told)[0] == status


def test_a_crash_is_named():
    assert ending(-11, None)[1] == "its process died of SIGSEGV"
