"""Whether a step that several devices share gives the numbers of one."""

import numpy as np
import pytest

from triceras.engines.agreement import agree, differs_by_rounding, moved


@pytest.mark.once
def test_a_shared_step_agrees_but_for_what_rounding_decides():
    one = np.linspace(-1.0, 1.0, 100)
    flipped = np.where(np.arange(100) < 4, -one, one)
    assert agree(one, one + 0.01)
    assert agree(one, flipped)
    assert not agree(one, one / 2)
    assert not agree(one, np.where(np.arange(100) < 7, one / 2, one))
    assert not agree(np.zeros(1), np.ones(1))
    assert not agree(one, one * np.nan)
    assert agree(np.array([3, 4]), np.array([3, 4]))


@pytest.mark.once
def test_what_rounding_decides_says_nothing():
    one = np.linspace(-1.0, 1.0, 100)
    assert not agree(one, -one, one + 1e-6, one)
    assert agree(one, -one, one, -one)
    assert moved(np.array([3, 4]), 1e-6).tolist() == [3, 4]
    assert 0.0 < np.abs(moved(one, 1e-6) - one).max() < 2e-6


@pytest.mark.once
def test_what_rounding_does_not_decide_has_to_be_the_same():
    one = np.linspace(-1.0, 1.0, 100)
    half = np.where(np.arange(100) < 50, -one, one)
    assert differs_by_rounding(one, half, half)
    assert not differs_by_rounding(one, np.where(np.arange(100) < 50, one, -one), half)
    assert not differs_by_rounding(one, half, one)
