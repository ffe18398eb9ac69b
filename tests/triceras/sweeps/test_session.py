import os
import signal

import pytest

from triceras.runs.stop import Interrupted
from triceras.sweeps import session
from triceras.sweeps.listening import Listener, listening
from triceras.sweeps.session import Command, Session, current

pytestmark = pytest.mark.once


@pytest.fixture
def command(tmp_path):
    """A command at work on a sweep."""
    command = Command(tmp_path, "basic", True, True)
    yield command
    command.close()


def test_what_the_command_tells_reaches_whoever_works_for_it(command):
    worker = current()
    assert worker.is_here()
    assert (worker.told_to_stop(), worker.told_to_kill(), worker.skips()) == (None, False, False)
    command.stop("SIGUSR1")
    command.stop("SIGTERM")
    command.kill()
    worker.note_failure()
    assert (worker.told_to_stop(), worker.told_to_kill(), worker.skips()) == ("SIGUSR1", True, True)


def test_who_works_for_none_is_told_nothing(monkeypatch):
    monkeypatch.delenv(session.VARIABLE, raising=False)
    worker = current()
    worker.note_failure()
    assert (worker.told_to_stop(), worker.told_to_kill(), worker.skips()) == (None, False, False)


def test_jobs_end_with_their_command_unless_they_are_elsewhere(tmp_path):
    for attached in (True, False):
        command = Command(tmp_path, "any", attached, False)
        worker = current()
        assert worker.told_to_stop() is None
        command.lock.close()  # as the kernel does when the process dies
        assert worker.told_to_stop() == ("SIGTERM" if attached else None)
        command.close()


def test_what_dead_commands_have_left_is_removed(tmp_path):
    dead = Command(tmp_path, "basic", True, False)
    dead.stop("SIGTERM")
    dead.lock.close()
    living = Command(tmp_path, "basic", True, False)
    again = Command(tmp_path, "basic", True, False)
    left = {path.name for path in (tmp_path / "sessions").iterdir()}
    assert left == {living.path.name, again.path.name}
    living.close()
    again.close()
    assert not Session(living.path).about


def test_the_first_signal_stops_the_second_kills_the_third_ends(command, capfd):
    listener = Listener(command, [])
    with listening(listener, ["SIGINT", "SIGTERM"]):
        os.kill(os.getpid(), signal.SIGTERM)
        assert command.told_to_stop() == "SIGTERM"
        os.kill(os.getpid(), signal.SIGTERM)
        assert not command.told_to_kill()
        os.kill(os.getpid(), signal.SIGINT)
        assert command.told_to_kill()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert "SIGTERM: the jobs that run save themselves" in capfd.readouterr().err


def test_ctrl_c_does_not_reach_what_others_start_and_ends_them_when_no_job_runs(command):
    listener = Listener(command, [command.path.parent], foreign=True, goes_through_all=True)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])

    def be_interrupted():
        with listening(listener, ["SIGINT"]):
            assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
            os.kill(os.getpid(), signal.SIGINT)
            while True:
                command.told_to_stop()

    with pytest.raises(Interrupted, match="SIGINT"):
        be_interrupted()
    assert command.told_to_stop() == "SIGINT"
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
