import numpy as np
import pytest
from scipy import stats

from triceras.reporting.statistics import (
    COUNTED,
    bootstrap_interval,
    effect_size,
    holm,
    paired_p,
    resamples,
    student_half_width,
)

pytestmark = pytest.mark.once


@pytest.fixture
def values():
    """Values of 30 settings, of any number of seeds."""
    return lambda n: np.random.default_rng(n).normal(5, 2, size=(30, n))


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_student_s_interval_is_scipy_s(values, n):
    x = values(n)
    half = student_half_width(np.full(30, n), x.std(axis=1, ddof=1))
    low, high = stats.t.interval(0.95, n - 1, loc=x.mean(axis=1), scale=stats.sem(x, axis=1))
    np.testing.assert_allclose(x.mean(axis=1) - half, low, rtol=1e-12)
    np.testing.assert_allclose(x.mean(axis=1) + half, high, rtol=1e-12)


def test_a_single_value_has_no_interval():
    np.testing.assert_equal(student_half_width(np.array([1, 0]), np.array([np.nan, 0])), np.nan)


@pytest.mark.parametrize("n", [3, 5, COUNTED, 12])
def test_the_bootstrap_is_scipy_s_but_for_its_chance(values, n):
    x = values(n)[:3]
    low, high = bootstrap_interval(x)
    for row, *ends in zip(x, low, high, strict=True):
        theirs = stats.bootstrap(
            (row,), np.mean, n_resamples=20_000, method="percentile", rng=0
        ).confidence_interval
        np.testing.assert_allclose(ends, theirs, atol=0.06 * row.std())


@pytest.mark.parametrize("n", [2, 3, 5, COUNTED])
def test_all_resamples_are_counted(n):
    counts, weights = resamples(n)
    assert counts.sum(axis=1) == pytest.approx(n)
    assert weights.sum() == pytest.approx(1)
    assert len(np.unique(counts, axis=0)) == len(counts)


def test_of_three_values_the_bootstrap_says_least_and_most():
    low, high = bootstrap_interval(np.array([[3.0, 1.0, 2.0]]))
    assert (low[0], high[0]) == (1.0, 3.0)


@pytest.mark.parametrize("n", [2, 3, 5, 20])
def test_p_is_scipy_s_of_paired_values(values, n):
    x, y = values(n), values(n + 1)[:, :n] + 0.5
    d = x - y
    found = paired_p(np.full(30, n), d.mean(axis=1), d.std(axis=1, ddof=1))
    np.testing.assert_allclose(found, stats.ttest_rel(x, y, axis=1).pvalue, rtol=1e-9)


def test_p_and_effect_are_none_where_nothing_scatters():
    n, mean, sd = np.array([5, 1]), np.array([1.0, 1.0]), np.array([0.0, np.nan])
    assert np.isnan(paired_p(n, mean, sd)).all()
    assert np.isnan(effect_size(n, mean, sd)).all()


def test_effect_size_is_hedges_g_and_unbiased():
    # The published correction for 4 degrees of freedom.
    assert effect_size(np.array([5]), np.array([1.0]), np.array([1.0])) == pytest.approx(
        0.7979, 1e-3
    )
    d = np.random.default_rng(0).normal(0.5, 1, size=(200_000, 5))
    g = effect_size(np.full(len(d), 5), d.mean(axis=1), d.std(axis=1, ddof=1))
    assert g.mean() == pytest.approx(0.5, abs=0.01)
    assert np.isnan(effect_size(np.array([2]), np.array([1.0]), np.array([1.0])))


def test_holm_s_rule():
    p = np.array([0.01, np.nan, 0.04, 0.03, 0.005])
    np.testing.assert_allclose(holm(p), [0.03, np.nan, 0.06, 0.06, 0.02])
    assert holm(np.array([0.9, 0.8])).tolist() == [1.0, 1.0]


def test_student_s_interval_holds_and_the_bootstrap_of_few_does_not():
    x = np.random.default_rng(3).normal(size=(4000, 3))
    half = student_half_width(np.full(4000, 3), x.std(axis=1, ddof=1))
    low, high = bootstrap_interval(x)
    assert np.mean(np.abs(x.mean(axis=1)) <= half) == pytest.approx(0.95, abs=0.01)
    assert np.mean((low <= 0) & (high >= 0)) < 0.8
