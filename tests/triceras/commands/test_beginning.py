import os
import subprocess
import sys

import pytest

from triceras.commands import beginning
from triceras.config import ROOT

pytestmark = pytest.mark.once

# Writes more than Python and a pipe hold, to whom nobody listens, then says elsewhere how it went.
TALKER = """
import os, sys
sys.path.insert(0, "scripts")
import _environment
reader, writer = {pair}
os.dup2(writer, {number})
os.close(reader)
print("x" * 200_000, file=sys.{name}, flush=True)
os.write({number}, b"as C does")
os.write({other}, b"went on")
"""
INTERRUPTED = """
import os, signal, sys
sys.path.insert(0, "scripts")
import _environment
signal.signal(signal.SIGINT, signal.default_int_handler)
os.kill(os.getpid(), signal.SIGINT)
"""


def run(code, *options):
    command = [sys.executable, *options, "-c", code]
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=buffered)


@pytest.mark.parametrize("options", [(), ("-u",)])
@pytest.mark.parametrize("name", ["stdout", "stderr"])
def test_a_reader_that_leaves_ends_nothing(name, options):
    number = {"stdout": 1, "stderr": 2}[name]
    done = run(
        TALKER.format(pair="os.pipe()", name=name, number=number, other=3 - number), *options
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "went on")


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a terminal of POSIX")
def test_a_terminal_that_is_closed_ends_nothing():
    done = run(TALKER.format(pair="os.openpty()", name="stdout", number=1, other=2))
    assert (done.returncode, done.stderr) == (0, "went on")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has a disk that is always full")
def test_another_fault_of_the_output_is_one_still():
    code = TALKER.format(pair="os.pipe()", name="stdout", number=1, other=2)
    done = run(code.replace("os.pipe()", "os.pipe()[0], os.open('/dev/full', os.O_WRONLY)"))
    assert done.returncode != 0
    assert "No space left" in done.stderr


@pytest.mark.slow
def test_a_script_whose_output_nobody_reads_ends_well():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "scripts/train.py", "--cfg", "job"],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_printed_in_pieces_comes_as_soon_as_before():
    code = (
        "import os, sys; sys.path.insert(0, 'scripts'); import _environment;"
        "print('x', end=''); os._exit(0)"
    )
    assert run(code).stdout == ""
    assert run(code, "-u").stdout == "x"


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal of one process there")
def test_ctrl_c_while_a_script_imports_is_a_word():
    done = run(INTERRUPTED)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_other_exceptions_have_a_traceback():
    done = run("import sys; sys.path.insert(0, 'scripts'); import _environment; 1 / 0")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback")
    assert "ZeroDivisionError" in done.stderr


SWALLOWED = """
import os, signal, sys
sys.path.insert(0, "scripts")
import _environment
try:
    os.kill(os.getpid(), signal.SIGINT)
except KeyboardInterrupt:
    pass
from triceras.commands.beginning import check_heard
check_heard()
print("went on")
"""


def test_a_ctrl_c_that_something_keeps_to_itself_is_not_forgotten():
    done = run(SWALLOWED)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "interrupted\n")


def test_nothing_was_heard_of_late():
    beginning.check_heard()
