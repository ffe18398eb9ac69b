import threading

import numpy as np
import pytest

from triceras.loops import recorder as module
from triceras.loops.recorder import NonFiniteLossError, Recorder

pytestmark = pytest.mark.once


@pytest.fixture
def seen():
    return []


@pytest.fixture
def recorder(seen):
    return Recorder([lambda step, values: seen.append((step, values))])


def test_sinks_get_losses_and_running_metrics(recorder, seen):
    recorder.begin()
    recorder.record({"loss": np.array([3.0, 2.0])}, {"loss": np.array([3, 2.5]), "kl": [1, 1]})
    recorder.begin()
    recorder.record({"loss": np.array([1.0])}, {"kl": [2]})
    (first, values), (second, later) = seen
    assert (first, second, recorder.step) == (0, 2, 3)
    np.testing.assert_array_equal(values["loss"], [3, 2])
    np.testing.assert_array_equal(values["running_kl"], [1, 1])
    # The running mean of the loss under the name of the loss itself would hide it.
    assert set(values) == {"loss", "running_kl"}
    np.testing.assert_array_equal(later["loss"], [1])


def test_running_metrics_come_in_one_order(recorder, seen):
    recorder.begin()
    recorder.record({"loss": np.array([3.0])}, {"reconstruction": [2], "elbo": [1], "kl": [1]})
    assert list(seen[0][1]) == ["loss", "running_elbo", "running_kl", "running_reconstruction"]


def test_losses_of_several_objectives_come_in_one_order(recorder, seen):
    recorder.begin()
    recorder.record({"generator": np.array([3.0]), "critic": np.array([1.0])}, {})
    assert list(seen[0][1]) == ["loss", "critic", "generator"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_stops_at_the_first_loss_that_is_not_finite(recorder, seen, bad):
    recorder.begin()
    with pytest.raises(NonFiniteLossError, match=r"not finite at step 2 \(loss="):
        recorder.record({"loss": np.array([3.0, 2.0, bad, 1.0])}, {"kl": np.zeros(4)})
    np.testing.assert_array_equal(seen[0][1]["loss"], [3, 2])
    assert len(seen[0][1]["running_kl"]) == 2


def test_any_objective_that_is_not_finite_stops(recorder):
    recorder.begin()
    with pytest.raises(NonFiniteLossError, match=r"step 0 \(critic=nan, generator=1.0\)"):
        recorder.record({"generator": np.array([1.0]), "critic": np.array([np.nan])}, {})


def test_speed_leaves_the_first_call_out(recorder, monkeypatch):
    clock = iter([0.0, 10.0, 20.0, 21.0, 50.0, 51.0])
    monkeypatch.setattr(module, "clock", lambda: next(clock))
    for steps in (100, 100, 100):
        recorder.begin()
        recorder.record({"loss": np.ones(steps)}, {})
    assert recorder.steps_per_second == pytest.approx(100)
    assert recorder.seconds == pytest.approx(12)
    assert recorder.compile_seconds == pytest.approx(9)


def test_speed_leaves_all_calls_out_for_which_a_program_was_made(recorder, monkeypatch):
    clock = iter([0.0, 10.0, 20.0, 21.0, 30.0, 39.0, 50.0, 51.0])
    # One answer when steps begin, of what came before, and one when they have been taken.
    built = iter([False, True, True, False, False, True, True, False])
    monkeypatch.setattr(module, "clock", lambda: next(clock))
    monkeypatch.setattr(module, "has_built", lambda: next(built))
    for _ in range(4):
        recorder.begin()
        recorder.record({"loss": np.ones(100)}, {})
    assert recorder.steps_per_second == pytest.approx(100)
    assert recorder.compile_seconds == pytest.approx(9 + 8)


def test_one_call_tells_no_speed(recorder):
    recorder.begin()
    recorder.record({"loss": np.ones(5)}, {})
    assert recorder.steps_per_second is None
    assert recorder.compile_seconds is None


def test_the_loss_of_several_objectives_is_their_sum(recorder, seen):
    recorder.begin()
    recorder.record({"a": np.array([3.0, 2.0]), "b": np.array([1.0, 4.0])}, {"a": [3.0, 2.5]})
    ((_, values),) = seen
    assert list(values) == ["loss", "a", "b"]
    np.testing.assert_array_equal(values["loss"], [4, 6])


def test_where_no_loss_is_told_the_running_mean_is_looked_at(recorder, seen):
    recorder.record({}, {"loss": np.array([3.0]), "odd": np.array([np.nan])})
    assert list(seen[0][1]) == ["running_loss", "running_odd"]
    with pytest.raises(NonFiniteLossError, match=r"step 1 \(loss=nan\)"):
        recorder.record({}, {"loss": np.array([np.nan])})


def test_recording_is_a_part_of_the_time_of_steps_that_go_on_at_once(recorder, monkeypatch):
    clock = iter([0.0, 10.0, 11.0, 13.0])
    monkeypatch.setattr(module, "clock", lambda: next(clock))
    recorder.begin()
    for _ in range(3):
        recorder.record({"loss": np.ones(100)}, {})
    assert recorder.seconds == pytest.approx(13)
    assert recorder.steps_per_second == pytest.approx(200 / 3)


def test_sinks_are_told_in_order_while_steps_go_on():
    told, go = [], threading.Event()

    def slow(step, values):
        go.wait(5)
        told.append(step)

    recorder = Recorder([slow])
    recorder.begin()
    with recorder.in_background():
        recorder.record({"loss": np.ones(2)}, {})
        assert (recorder.step, told) == (2, [])
        go.set()
        recorder.record({"loss": np.ones(2)}, {})
        recorder.wait()
        assert told == [0, 2]
        recorder.record({"loss": np.ones(2)}, {})
    assert told == [0, 2, 4]
    recorder.record({"loss": np.ones(2)}, {})
    assert told == [0, 2, 4, 6]


def test_steps_before_one_that_is_not_finite_are_told_of_in_the_background(recorder, seen):
    recorder.begin()
    with pytest.raises(NonFiniteLossError, match="not finite at step 1"), recorder.in_background():
        recorder.record({"loss": np.array([3.0, np.nan])}, {})
    np.testing.assert_array_equal(seen[0][1]["loss"], [3])


def test_what_a_sink_raises_ends_the_run():
    def fail(step, values):
        raise OSError("no")

    recorder = Recorder([fail])
    recorder.begin()
    with pytest.raises(OSError, match="no"), recorder.in_background():
        recorder.record({"loss": np.ones(2)}, {})
    assert recorder.background is None
