"""A process that ends soon has done all that it would have done at a slow end."""

import gzip
import os
import subprocess
import sys
import textwrap

import pytest

from triceras.commands import command, ending

pytestmark = pytest.mark.once

BEGIN = """
import atexit, gc, gzip, sys, threading, time
from triceras.commands import ending
"""


def script(folder, code, **options):
    """Runs a script in a folder; returns what came of it."""
    path = folder / "script.py"
    path.write_text(BEGIN + textwrap.dedent(code))
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    command = [sys.executable, str(path)]
    return subprocess.run(command, cwd=folder, text=True, env=buffered, **options)


def test_what_was_registered_is_done_and_files_are_closed(tmp_path):
    code = """
    text = open("text", "w")
    text.write("written")
    binary = open("binary", "wb")
    binary.write(b"written")
    packed = gzip.open("packed", "wt")
    packed.write("written")
    frozen = open("frozen", "w")
    frozen.write("written")
    gc.freeze()
    atexit.register(lambda: open("registered", "w").write("before"))
    threading.Thread(target=lambda: (time.sleep(0.2), open("thread", "w").write("ended"))).start()
    print("printed", end="")
    ending.soon(3)
    atexit.register(lambda: open("later", "w").write("after"))
    sys.exit(3)
    """
    result = script(tmp_path, code, capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (3, "printed", "")
    with gzip.open(tmp_path / "packed", "rt") as packed:
        assert packed.read() == "written"
    found = {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "packed"}
    assert found.pop("script.py")
    assert found == {
        **dict.fromkeys(("text", "binary", "frozen"), "written"),
        "registered": "before",
        "thread": "ended",
        "later": "after",
    }


def test_a_thread_that_waits_for_a_file_is_not_waited_for(tmp_path):
    code = """
    import subprocess
    child = subprocess.Popen(["sleep", "20"], stdout=subprocess.PIPE, text=True)
    threading.Thread(target=child.stdout.readline, daemon=True).start()
    time.sleep(0.1)
    open("text", "w").write("written")
    atexit.register(child.kill)
    ending.soon(3)
    """
    result = script(tmp_path, code, capture_output=True, timeout=10)
    assert (result.returncode, result.stderr) == (3, "")
    assert (tmp_path / "text").read_text() == "written"


def test_a_file_that_cannot_be_closed_is_waited_for_a_while(tmp_path):
    code = """
    import io
    ending.PATIENCE = 0.2
    class Stuck(io.RawIOBase):
        def writable(self):
            return True
        def close(self):
            time.sleep(20)
    kept = Stuck()
    ending.soon(3)
    """
    result = script(tmp_path, code, capture_output=True, timeout=10)
    assert (result.returncode, result.stderr) == (3, "")


@pytest.mark.parametrize("soon", [True, False])
def test_objects_are_left_alone(tmp_path, soon):
    code = f"""
    import os
    class Object:
        def __del__(self, write=os.write):
            write(1, b"freed")
    kept = Object()
    if {soon}:
        ending.soon(0)
    """
    result = script(tmp_path, code, capture_output=True)
    assert (result.returncode, result.stdout) == (0, "" if soon else "freed")


def test_output_that_cannot_be_written_is_told_as_python_does(tmp_path):
    reading, writing = os.pipe()
    os.close(reading)
    code = """
    print("lost")
    ending.soon(0)
    """
    result = script(tmp_path, code, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert result.returncode == 120
    assert "BrokenPipeError" in result.stderr


def test_an_error_keeps_its_own_exit_code(tmp_path):
    result = script(tmp_path, "raise ValueError('no')", capture_output=True)
    assert result.returncode == 1


@pytest.mark.parametrize("module", ["__main__", "elsewhere"])
def test_only_a_script_ends_its_process(monkeypatch, module):
    codes = []
    monkeypatch.setattr(ending, "soon", codes.append)
    monkeypatch.setattr(command, "failures", [])
    monkeypatch.setattr(sys, "argv", ["train.py"])

    def main():
        pass

    main.__module__ = module
    with pytest.raises(SystemExit) as exit_:
        command.run(main)
    assert exit_.value.code == 0
    assert codes == ([0] if module == "__main__" else [])
