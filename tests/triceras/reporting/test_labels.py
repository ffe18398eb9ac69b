import pytest

from triceras.reporting.labels import decimals, fixed, interval, short_names, shown

pytestmark = pytest.mark.once


def test_keys_are_as_short_as_they_can_be():
    keys = ["optimizer.rate", "model.a.units", "model.b.units", "backend.name", "seed"]
    assert short_names(keys) == ["rate", "a.units", "b.units", "backend.name", "seed"]


def test_a_mean_has_the_digits_that_its_spread_leaves():
    assert fixed(101.23456, decimals(0.0123)) == "101.235"
    assert fixed(101.23456, decimals(12.3)) == "101"
    assert fixed(0.000123456, decimals(None, 0.0)) == "0.00012346"
    assert fixed(-0.001, 2) == "0.00"
    assert fixed(-0.0, None) == shown(-0.0) == "0"
    assert fixed(None, 2) == fixed(float("nan"), 2) == ""
    assert interval(1.0, 2.0, 1) == "1.0 to 2.0"
    assert interval(None, 2.0, 1) == ""


def test_values_as_they_are_read():
    assert [shown(each) for each in (None, 3, 12345, 0.1, "a", 1e-7)] == [
        *("", "3", "12,345", "0.1", "a", "1e-07")
    ]
