import pytest

from triceras.search.direction import chosen

pytestmark = pytest.mark.once


def test_a_search_goes_where_the_runs_go(caplog):
    assert [chosen(None, mode) for mode in ("min", "max")] == ["minimize", "maximize"]
    assert chosen("maximize", "max") == "maximize"
    assert not caplog.text


def test_another_direction_is_told_of(caplog):
    assert chosen("maximize", "min") == "maximize"
    assert "direction=maximize, and monitor_mode=min: the best checkpoint" in caplog.text
