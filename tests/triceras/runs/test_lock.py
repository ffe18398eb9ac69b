import errno
import fcntl
import os
import socket
import subprocess
import sys

import pytest

from triceras.errors import UserError
from triceras.runs import lock

pytestmark = pytest.mark.once

HOLD = """
import sys, pathlib
from triceras.runs.lock import locked
with locked(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def process(tmp_path):
    """Another process that holds the folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.mark.slow
def test_the_second_is_told_who_holds_it(tmp_path, process):
    assert lock.is_held(tmp_path)
    with (
        pytest.raises(
            UserError,
            match=f"is under way: process {process.pid} on {socket.gethostname()} holds it since",
        ),
        lock.locked(tmp_path),
    ):
        pass


def test_a_process_that_only_asks_stops_no_run(tmp_path, monkeypatch):
    take, answers = lock.take, iter([False, False])
    monkeypatch.setattr(lock, "take", lambda file: next(answers, True) and take(file))
    with lock.locked(tmp_path):
        assert lock.is_held(tmp_path)


def test_a_lock_that_nobody_can_look_at_may_be_held(tmp_path, monkeypatch):
    (tmp_path / lock.FILE).touch()
    assert not lock.is_held(tmp_path)

    def refused(*args):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    assert lock.is_held(tmp_path)


@pytest.mark.slow
def test_a_killed_process_leaves_no_lock(tmp_path, process):
    process.kill()
    process.wait()
    assert not lock.is_held(tmp_path)
    with lock.locked(tmp_path):
        assert f'"pid": {os.getpid()}' in (tmp_path / lock.FILE).read_text()
        assert lock.is_held(tmp_path)
    assert not lock.is_held(tmp_path)


def test_a_folder_that_is_not_there(tmp_path):
    assert not lock.is_held(tmp_path / "nowhere")
    with (
        pytest.raises(UserError, match="cannot write in the run folder"),
        lock.locked(tmp_path / "nowhere"),
    ):
        pass


@pytest.mark.slow
def test_a_lock_is_seen_where_a_file_that_is_only_read_cannot_be_locked(
    tmp_path, process, monkeypatch
):
    flock = fcntl.flock

    def of_nfs(file, how):
        if fcntl.fcntl(file, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", of_nfs)
    assert lock.is_held(tmp_path)


def test_a_file_system_without_locks_is_one_line(tmp_path, monkeypatch):
    def without(file, how):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", without)
    with (
        pytest.raises(
            UserError, match=r"run\.lock cannot be locked \(No locks available\)"
        ) as told,
        lock.locked(tmp_path),
    ):
        pass
    assert "\n" not in str(told.value)
