import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import sparse_probabilities

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


@pytest.fixture(autouse=True)
def mended():
    sparse_probabilities.install()
    sparse_probabilities.install()


@pytest.mark.in_turn
@pytest.mark.parametrize("axis", [-1, 0])
def test_probabilities_add_up_to_1(axis):
    x = np.array([[1, 0, 1, -2], [0, 0, 0, 0], [5, 1, 1, 4.5]], "float32")
    wanted = np.array([[0.5, 0, 0.5, 0], [0.25] * 4, [0.75, 0, 0, 0.25]])
    given = x if axis == -1 else x.T
    found = ops.convert_to_numpy(ops.sparsemax(given, axis))
    np.testing.assert_allclose(found if axis == -1 else found.T, wanted, rtol=1e-6)


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn
def test_the_gradient_is_that_of_a_projection():
    x, by = np.array([[1, 0.5, -2]], "float32"), np.array([[3, 1, 7]], "float32")
    found = input_gradients(lambda x: ops.sparsemax(x) * ops.convert_to_tensor(by), x)
    np.testing.assert_allclose(ops.convert_to_numpy(found), [[1, -1, 0]], atol=1e-6)
