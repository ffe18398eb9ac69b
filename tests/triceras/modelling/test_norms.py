import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import kinks, norms

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

CUBE = np.random.default_rng(0).normal(size=(2, 3, 4)).astype("float32")


@pytest.fixture(autouse=True)
def mended():
    kinks.install()
    norms.install()
    norms.install()


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize(
    ("order", "axis"),
    [(None, None), (1, -1), (1, 1), (2, 0), ("nuc", (-2, -1)), (2, (1, 2)), ("fro", (0, 2))],
)
def test_norms_are_those_of_numpy(order, axis, keepdims):
    found = ops.convert_to_numpy(ops.norm(CUBE, order, axis, keepdims))
    wanted = np.linalg.norm(CUBE.reshape(-1) if axis is None else CUBE, order, axis)
    if keepdims:
        axes = range(3) if axis is None else np.atleast_1d(axis)
        assert found.shape == tuple(
            1 if i - 3 in axes or i in axes else n for i, n in enumerate(CUBE.shape)
        )
    np.testing.assert_allclose(found.reshape(wanted.shape), wanted, rtol=1e-5)


def test_a_sum_of_absolute_values_is_flat_at_0():
    x = np.array([-1, 0, 2], "float32")
    found = ops.convert_to_numpy(input_gradients(lambda x: ops.norm(x, 1), x))
    np.testing.assert_array_equal(found, [-1, 0, 1])
    assert ops.convert_to_numpy(ops.norm(np.array([-1, 2], "int32"), 1)) == 3
