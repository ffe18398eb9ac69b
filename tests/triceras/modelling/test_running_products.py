import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import running_products

X = np.random.default_rng(0).normal(size=(3, 7)).astype("float32")
X[0, 2] = X[1, 0] = X[1, 5] = X[2, 6] = 0


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize("axis", [0, 1, -1, None])
def test_a_factor_of_0_has_a_gradient(axis):
    running_products.install()
    running_products.install()
    wanted = np.cumprod(X, axis)
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cumprod(X, axis)), wanted, rtol=1e-5, atol=1e-6
    )
    found = ops.convert_to_numpy(input_gradients(lambda x: ops.cumprod(x, axis), X))
    by_hand = np.zeros_like(X)
    for place in np.ndindex(*X.shape):
        # Of each product one factor is linear.
        one, none = X.copy(), X.copy()
        one[place], none[place] = 1, 0
        by_hand[place] = (np.cumprod(one, axis) - np.cumprod(none, axis)).sum()
    np.testing.assert_allclose(found, by_hand, rtol=1e-4, atol=1e-5)
    assert found[0, 2]


def test_whole_numbers_are_as_they_were():
    running_products.install()
    found = ops.convert_to_numpy(ops.cumprod(np.array([[2, 3], [4, 5]], "int32"), 1))
    np.testing.assert_array_equal(found, [[2, 6], [4, 20]])
