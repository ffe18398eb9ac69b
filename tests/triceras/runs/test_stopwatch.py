import pytest

from triceras.runs import stopwatch as module
from triceras.runs.stopwatch import Stopwatch

pytestmark = pytest.mark.once


def test_laps_follow_each_other(monkeypatch):
    clock = iter([10.0, 12.0, 17.0, 20.0])
    monkeypatch.setattr(module, "clock", lambda: next(clock))
    stopwatch = Stopwatch()
    stopwatch.lap("startup")
    stopwatch.lap("build")
    assert stopwatch.seconds == {"startup": 2.0, "build": 5.0}
    assert stopwatch.total == 10.0
