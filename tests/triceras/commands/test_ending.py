"""A process that ends soon has done all that it would have done at a slow end."""

import gzip
import os
import shelve
import subprocess
import sys
import textwrap
import zipfile

import h5py
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


@pytest.mark.slow
def test_what_the_user_holds_is_finished(tmp_path):
    code = """
    import io, shelve, tempfile, zipfile
    import h5py
    from triceras.collecting import not_collecting
    class Object:
        def __del__(self):
            open("freed", "w").write("object")
    class Cycle(Object):
        pass
    def generator():
        try:
            yield
        finally:
            open("generator", "w").write("closed")
    hdf = h5py.File("h5", "w")
    hdf["x"] = [1, 2, 3]
    archive = zipfile.ZipFile("zip", "w")
    archive.writestr("name", "written")
    shelf = shelve.open("shelf", writeback=True)
    shelf["a"] = [1]
    shelf["a"].append(2)
    buffered = io.BufferedWriter(gzip.open("gz", "wb"))
    buffered.write(b"written")
    temporary = tempfile.NamedTemporaryFile(dir=".", prefix="temporary")
    suspended = generator()
    next(suspended)
    kept = [Object()]
    kept.append(kept)
    with not_collecting():
        pass
    if len(sys.argv) == 1:
        ending.soon(0)
    """
    result = script(tmp_path, code, capture_output=True)
    assert (result.returncode, result.stderr) == (0, "")
    with h5py.File(tmp_path / "h5") as hdf:
        assert list(hdf["x"]) == [1, 2, 3]
    with zipfile.ZipFile(tmp_path / "zip") as archive:
        assert archive.read("name") == b"written"
    with shelve.open(str(tmp_path / "shelf")) as shelf:
        assert shelf["a"] == [1, 2]
    with gzip.open(tmp_path / "gz") as packed:
        assert packed.read() == b"written"
    assert not list(tmp_path.glob("temporary*"))
    assert (tmp_path / "freed").read_text() == "object"
    assert (tmp_path / "generator").read_text() == "closed"


@pytest.mark.parametrize("held", [True, False])
def test_files_are_looked_for_where_one_is_open(tmp_path, held):
    code = f"""
    import logging
    looked = ending.close_files
    def look():
        print("looked")
        looked()
    ending.close_files = look
    if {held}:
        logging.held = open("text", "w")
        logging.held.write("written")
    reading = open(__file__)
    ending.soon(0)
    """
    result = script(tmp_path, code, capture_output=True, close_fds=True)
    assert result.stdout == ("looked\n" if held or sys.platform != "linux" else "")
    assert not held or (tmp_path / "text").read_text() == "written"


@pytest.mark.parametrize("soon", [True, False])
def test_what_a_library_holds_is_left_alone(tmp_path, soon):
    code = f"""
    import os, logging
    class Object:
        def __del__(self, write=os.write):
            write(1, b"freed")
    logging.held = Object()
    if {soon}:
        ending.soon(0)
    """
    result = script(tmp_path, code, capture_output=True)
    assert (result.returncode, result.stdout) == (0, "" if soon else "freed")


def test_a_writer_of_the_users_on_the_standard_output_is_flushed(tmp_path):
    code = """
    import os
    own = os.fdopen(1, "w", closefd=False)
    own.write("own")
    ending.soon(0)
    """
    result = script(tmp_path, code, capture_output=True)
    assert (result.returncode, result.stdout) == (0, "own")


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
