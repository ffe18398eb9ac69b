import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import adaptive_pooling, average_pooling, pool_strides

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

IMAGES = np.random.default_rng(0).normal(size=(2, 5, 7, 3)).astype("float32")
KINDS = {"average": (ops.adaptive_average_pool, np.mean), "max": (ops.adaptive_max_pool, np.max)}


@pytest.fixture(autouse=True)
def mended():
    average_pooling.install()
    pool_strides.install()
    adaptive_pooling.install()
    adaptive_pooling.install()


@pytest.mark.in_turn
@pytest.mark.parametrize("size", [1, (5, 7), (2, 3), (5, 2), (3, 7)])
@pytest.mark.parametrize("kind", KINDS)
def test_windows_are_those_of_all_frameworks(kind, size):
    function, reduce = KINDS[kind]
    rows, columns = (size, size) if isinstance(size, int) else size
    wanted = [
        [reduce(IMAGES[:, a:b, c:d], (1, 2)) for c, d in adaptive_pooling.windows_of(7, columns)]
        for a, b in adaptive_pooling.windows_of(5, rows)
    ]
    wanted = np.moveaxis(np.array(wanted), 2, 0)
    found = ops.convert_to_numpy(function(IMAGES, size))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)
    first = np.moveaxis(IMAGES, -1, 1)
    found = ops.convert_to_numpy(function(first, size, data_format="channels_first"))
    np.testing.assert_allclose(found, np.moveaxis(wanted, -1, 1), rtol=1e-5, atol=1e-7)


@pytest.mark.in_turn("tensorflow")
def test_the_first_of_equal_maxima_has_the_gradient():
    x = np.array([0, 1, 1, 0, 2, 2, 2], "float32").reshape(1, 7, 1)
    found = input_gradients(lambda x: ops.adaptive_max_pool(x, 2), x)
    np.testing.assert_array_equal(ops.reshape(found, (-1,)), [0, 1, 0, 0, 1, 0, 0])
    found = input_gradients(lambda x: ops.adaptive_max_pool(x, 1), x)
    np.testing.assert_array_equal(ops.reshape(found, (-1,)), [0, 0, 0, 0, 1, 0, 0])
