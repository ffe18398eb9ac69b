import threading
import time

import pytest

from triceras.tracking.background import Background

pytestmark = pytest.mark.once


@pytest.fixture
def errors():
    return []


@pytest.fixture
def background(errors):
    background = Background(errors.append)
    yield background
    background.stop()
    background.thread.join(10)
    assert not background.thread.is_alive()


def test_one_after_the_other_and_not_here(background):
    done = []
    for number in range(50):
        background.do(lambda number: done.append((number, threading.current_thread())), number)
    assert background.wait(10)
    assert [number for number, _ in done] == list(range(50))
    assert {thread for _, thread in done} == {background.thread}


def test_what_takes_long_holds_nobody_up(background):
    go_on = threading.Event()
    began = time.perf_counter()
    background.do(go_on.wait, 60)
    assert not background.wait(0.01)
    assert time.perf_counter() - began < 10
    go_on.set()
    assert background.wait(10)


def test_after_a_failure_nothing_more_is_done(background, errors):
    done = []
    background.do(int, "no number")
    background.do(done.append, 1)
    assert background.wait(10)
    assert (len(errors), done) == (1, [])
    assert isinstance(errors[0], ValueError)
