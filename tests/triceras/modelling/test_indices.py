import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import indices
from triceras.testing.loops import run_loop

pytestmark = pytest.mark.keras_internals  # it replaces methods of JAX

X = np.arange(24, dtype="float32").reshape(2, 3, 4)
MASK = np.array([[True, False, True], [False, True, True]])
INSIDE = [
    *(1, -2, (0, -3), (slice(None), 2), (..., 3), (None, 1, None, 2), (1, ..., -4)),
    *((slice(5, 9), 1), np.int64(1), (..., None, 3), (), (0, 1, 2)),
]
BEYOND = [2, -3, (slice(None), 3), (..., 4), (None, 2), (1, ..., -5), np.int64(7), (0, 1, 4)]


@pytest.fixture(autouse=True)
def mended():
    indices.install()
    indices.install()


@pytest.mark.in_turn("jax")
def test_what_is_inside_is_as_ever():
    x = ops.convert_to_tensor(X)
    for index in INSIDE:
        np.testing.assert_array_equal(ops.convert_to_numpy(x[index]), X[index], str(index))
    if keras.backend.backend() == "jax":
        for index in (MASK, (MASK, 1), (..., MASK[0], 1), np.array([0, 1]), ([0, 1], 2)):
            indices.check(index, X.shape)


@pytest.mark.in_turn("jax", "torch")
@pytest.mark.parametrize("index", BEYOND, ids=str)
def test_what_is_beyond_an_axis_is_refused(index):
    with pytest.raises(Exception, match=r"beyond axis|out of (range|bounds)"):
        ops.convert_to_tensor(X)[index]


@pytest.mark.in_turn("jax")
def test_targets_of_one_column_have_no_second():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile("sgd", lambda y, outputs: ops.mean(ops.square(y[:, 1] - outputs[:, 0])))
    x = np.ones((8, 3), "float32")
    with pytest.raises(Exception, match=r"index 1 is |out of bounds"):
        run_loop(model, x, x[:, :1], "custom")
