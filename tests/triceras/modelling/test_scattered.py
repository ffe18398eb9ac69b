import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import ways
from triceras.modelling import scattered

PLACES = np.array([[0, 1], [2, 0], [0, 1], [1, 1]])


def summed(places, values, shape):
    found = np.zeros(shape, values.dtype)
    np.add.at(found, tuple(np.moveaxis(places, -1, 0)), values)
    return found


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize(
    ("places", "shape"),
    [(PLACES, (3, 2)), (PLACES[:, :1], (3, 4)), (PLACES.reshape(2, 2, 2), (3, 2, 2))],
)
@pytest.mark.parametrize("dtype", ["float32", "int32"])
def test_what_comes_to_one_place_is_added_up(places, shape, dtype):
    scattered.install()
    scattered.install()
    size = (*places.shape[:-1], *shape[places.shape[-1] :])
    values = (np.arange(np.prod(size)).reshape(size) + 1).astype(dtype)
    found = ops.scatter(places, values, shape)
    assert keras.backend.standardize_dtype(found.dtype) == dtype
    np.testing.assert_array_equal(ops.convert_to_numpy(found), summed(places, values, shape))


def test_a_step_with_it_is_compiled():
    scattered.install()
    values = np.array([1.0, 2.0, 3.0, 4.0], "float32")

    def function(given):
        results = ops.scatter(PLACES, ops.square(given), (3, 2))
        return ops.sum(results * results), [results]

    (results,), (gradient,) = ways()["compiled"](function, [0], [ops.convert_to_tensor(values)])
    wanted = summed(PLACES, values**2, (3, 2))
    np.testing.assert_allclose(ops.convert_to_numpy(results), wanted)
    slope = 4 * values * wanted[tuple(PLACES.T)]
    np.testing.assert_allclose(ops.convert_to_numpy(gradient), slope)


def test_many_numbers_are_added_up_to_the_same_bits_each_time():
    scattered.install()
    rng = np.random.default_rng(0)
    places, values = rng.integers(0, 20, (200_000, 2)), rng.random(200_000).astype("float32")
    found = [ops.convert_to_numpy(ops.scatter(places, values, (20, 20))) for _ in range(5)]
    assert len({array.tobytes() for array in found}) == 1
