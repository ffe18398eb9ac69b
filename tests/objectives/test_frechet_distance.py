import numpy as np
import pytest

from triceras.objectives.frechet_distance import frechet_distance

pytestmark = pytest.mark.once

RNG = np.random.default_rng(0)


def test_equal_samples_are_at_no_distance():
    x = RNG.normal(size=(50, 4))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-9)


def test_a_shift_is_at_the_square_of_its_length():
    x = RNG.normal(size=(50, 4))
    assert frechet_distance(x, x + np.array([3, 0, 0, 4])) == pytest.approx(25)


def test_scaled_coordinates_differ_by_their_deviations():
    x = RNG.normal(size=(500, 2))
    deviations = np.sqrt(np.linalg.eigvalsh(np.cov(x, rowvar=False)))
    centred = x - x.mean(axis=0)
    assert frechet_distance(centred, 3 * centred) == pytest.approx(4 * np.sum(deviations**2))


def test_features_that_never_vary():
    x = np.concatenate([RNG.normal(size=(50, 2)), np.zeros((50, 2))], axis=1)
    assert frechet_distance(x, x + 1) == pytest.approx(4)
