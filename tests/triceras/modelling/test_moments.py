"""Moments that are equally exact on every backend."""

import keras
import numpy as np
import pytest

from triceras.engines import input_gradients
from triceras.modelling.moments import exact_moments


@pytest.mark.in_turn
@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2), (3, 0)])
def test_they_are_exact_over_a_batch_of_images(axes):
    x = np.random.default_rng(0).normal(3.0, 0.5, (64, 28, 28, 8)).astype("float32")
    mean, variance = map(
        keras.ops.convert_to_numpy, exact_moments(keras.ops.convert_to_tensor(x), axes)
    )
    np.testing.assert_allclose(mean, x.mean(axes, dtype="float64"), rtol=5e-7)
    np.testing.assert_allclose(variance, x.astype("float64").var(axes), rtol=1e-6)


def test_gradients_go_through_both():
    x = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")
    gradient = input_gradients(lambda x: sum(map(keras.ops.sum, exact_moments(x, (0,)))), x)
    expected = 1 / 5 + 2 / 5 * (x - x.mean(0))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(gradient), expected, atol=1e-6)
