import os
import signal
import threading
import time

import pytest

from triceras.errors import UserError
from triceras.runs.stop import Interrupted, check_signals, listening

pytestmark = pytest.mark.once


def send(name):
    os.kill(os.getpid(), getattr(signal, name))


def nothing(name):
    pass


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGUSR1"])
def test_while_training_a_signal_is_only_noted(name, capfd):
    with listening([name], 60, nothing) as stop, stop.while_training():
        send(name)
        assert stop.requested == name
        with pytest.raises(Interrupted, match=name):
            stop.check()
    assert capfd.readouterr().err == f"{name}: finishing the step, then saving\n"


def test_at_other_times_it_ends_the_run_at_once():
    with listening(["SIGTERM"], 60, nothing), pytest.raises(Interrupted, match="SIGTERM"):
        send("SIGTERM")


def test_a_second_ctrl_c_stops_at_once_and_a_second_sigterm_does_not():
    with listening(["SIGINT", "SIGTERM"], 60, nothing) as stop, stop.while_training():
        send("SIGTERM")
        send("SIGTERM")
        with pytest.raises(KeyboardInterrupt) as caught:
            send("SIGINT")
    assert not isinstance(caught.value, Interrupted)


def test_a_step_that_does_not_end_is_given_up():
    given_up = []
    with listening(["SIGTERM"], 0.05, given_up.append) as stop, stop.while_training():
        send("SIGTERM")
        time.sleep(0.3)
    assert given_up == ["SIGTERM"]


def test_a_run_that_ends_in_time_is_not_given_up():
    given_up = []
    with listening(["SIGTERM"], 0.1, given_up.append) as stop, stop.while_training():
        send("SIGTERM")
    time.sleep(0.2)
    assert given_up == []


def test_handlers_are_what_they_were_afterwards():
    before = signal.getsignal(signal.SIGTERM)
    with listening(["SIGTERM"], 1, nothing):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_in_another_thread_a_run_goes_without():
    caught = []

    def work():
        try:
            with listening(["SIGTERM"], 1, nothing) as stop:
                caught.append(stop.requested)
        except ValueError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert caught == [None]


def test_unknown_signals_are_named():
    check_signals(["SIGTERM"])
    with pytest.raises(UserError, match="SIGNOPE"):
        check_signals(["SIGNOPE"])
