import numpy as np
import pytest
from keras import ops

from triceras.modelling import places

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

X = np.arange(24, dtype="float32").reshape(2, 3, 4)


@pytest.fixture(autouse=True)
def mended():
    places.install()
    places.install()


def test_places_are_counted_from_the_end_of_all_elements():
    for indices in (-1, [-1, 0, -24], [[5], [-6]]):
        found = ops.convert_to_numpy(ops.take(X, indices))
        np.testing.assert_array_equal(found, np.take(X, indices))
    np.testing.assert_array_equal(ops.take(X, [0, -1], axis=1), np.take(X, [0, -1], axis=1))


@pytest.mark.parametrize("k", [0, 1, 2, 3, -2, 5])
@pytest.mark.parametrize("axes", [(0, 1), (1, 2), (2, 0)])
def test_quarters_of_turns_are_those_of_numpy(k, axes):
    found = ops.convert_to_numpy(ops.rot90(X, k, axes))
    np.testing.assert_array_equal(found, np.rot90(X, k, axes))
