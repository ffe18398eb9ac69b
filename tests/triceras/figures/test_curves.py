import numpy as np
import pytest

from triceras.figures.curves import moving_average, thinned

pytestmark = pytest.mark.once


def test_moving_average_takes_both_sides():
    values = np.random.default_rng(0).normal(size=100)
    smooth = moving_average(values, share=0.1)
    assert smooth.shape == (100,)
    assert smooth[50] == pytest.approx(values[45:56].mean())
    assert smooth[99] == pytest.approx(values[94:].mean())
    assert smooth[4] == pytest.approx(values[2:7].mean())
    assert smooth[0] == values[0]


def test_moving_average_leaves_a_short_curve_as_it_is():
    values = np.array([3.0, 1.0, 2.0])
    np.testing.assert_allclose(moving_average(values), values)


def test_thinned_keeps_every_extreme():
    x = np.arange(10_000)
    y = np.random.default_rng(0).normal(size=10_000)
    few_x, few_y = thinned(x, y, buckets=100)
    assert len(few_x) == len(few_y) == 200
    np.testing.assert_array_equal(y[few_x], few_y)
    assert np.all(np.diff(few_x) > 0)
    for part in np.split(y, 100):
        assert part.min() in few_y
        assert part.max() in few_y


def test_thinned_leaves_a_short_curve_as_it_is():
    x = np.arange(200)
    few_x, few_y = thinned(x, -x, buckets=100)
    assert few_x is x
    np.testing.assert_array_equal(few_y, -x)
