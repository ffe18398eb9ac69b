import os

import pytest

from triceras.benchmark.alternation import alternate, ask, order, steps_in
from triceras.errors import UserError

pytestmark = pytest.mark.once


class Clock:
    """A contender that gets slower with the time that has passed."""

    now = 0

    def __init__(self, seconds):
        self.seconds = seconds
        self.turns = []

    def take(self, steps):
        self.turns.append(Clock.now)
        Clock.now += 1
        return {"seconds": self.seconds * steps * (1 + Clock.now), "peak_memory_mb": Clock.now}


@pytest.mark.parametrize(("seconds", "steps"), [(1.0, 500), (0.01, 100), (0.29, 100)])
def test_steps_in_whole_calls(seconds, steps):
    assert steps_in(seconds, call_seconds=0.2, steps_per_call=100) == steps


def test_everybody_comes_once_in_every_place():
    names = ["a", "b", "c"]
    rounds = [order(names, turn) for turn in range(6)]
    for each in rounds:
        assert sorted(each) == names
    assert rounds[:2] == [["a", "b", "c"], ["c", "b", "a"]]
    for place in range(3):
        assert sorted(each[place] for each in rounds) == ["a", "a", "b", "b", "c", "c"]


def test_every_round_has_everybody_and_a_drift_cancels():
    Clock.now = 0
    workers = {"a": Clock(0.001), "b": Clock(0.001)}
    results = alternate(workers, {"a": 10, "b": 20}, rounds=4)
    assert sorted(workers["a"].turns + workers["b"].turns) == list(range(8))
    assert sum(workers["a"].turns) == sum(workers["b"].turns)
    assert results["a"]["ms"] == pytest.approx([2 + turn for turn in workers["a"].turns])
    assert results["b"]["peak_memory_mb"] == workers["b"].turns[-1] + 1


def test_worker_that_fails_is_told_in_one_line(tmp_path):
    log = tmp_path / "log"
    with pytest.raises(UserError, match=r"^list failed: ModuleNotFoundError: .*nowhere.*log$"):
        ask({"role": "list", "module": "benchmarks.nowhere"}, os.environ, log)
    assert "Traceback" in log.read_text()
