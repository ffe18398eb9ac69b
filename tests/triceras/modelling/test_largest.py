import numpy as np
import pytest
from keras import ops

from triceras.modelling import largest


@pytest.mark.parametrize("kind", ["float32", "int32", "uint8"])
@pytest.mark.parametrize("k", [1, 3, 40])
def test_of_what_is_equal_the_first_is_taken(kind, k):
    largest.install()
    largest.install()
    x = np.random.default_rng(0).integers(0, 3, (4, 40)).astype(kind)
    order = np.argsort(-x.astype("int64"), -1, kind="stable")[:, :k]
    values, places = ops.top_k(x, k)
    np.testing.assert_array_equal(ops.convert_to_numpy(places), order)
    np.testing.assert_array_equal(ops.convert_to_numpy(values), np.take_along_axis(x, order, -1))
    assert ops.convert_to_numpy(values).dtype == kind


def test_what_is_asked_for_by_it_goes_on():
    largest.install()
    found = ops.in_top_k(np.array([0, 2]), np.array([[1, 5, 3], [1, 5, 3]], "float32"), 2)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [False, True])


def test_all_classes_are_among_more_than_there_are():
    largest.install()
    found = ops.in_top_k(np.array([2, 0], "int32"), np.eye(2, 3, dtype="float32"), 5)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [True, True])
