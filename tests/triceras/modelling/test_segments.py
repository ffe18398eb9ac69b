import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import segments

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


@pytest.fixture(autouse=True)
def mended():
    segments.install()
    segments.install()


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize(("name", "none"), [("segment_max", -np.inf), ("segment_min", np.inf)])
def test_a_segment_without_elements_has_none(name, none):
    x, ids = np.array([1, -2, 5], "float32"), np.array([2, 2, 0], "int32")
    function = getattr(ops, name)
    pair = (1 if none < 0 else -2), 5
    found = ops.convert_to_numpy(function(x, ids, 4))
    np.testing.assert_array_equal(found, [pair[1], none, pair[0], none])
    found = ops.convert_to_numpy(input_gradients(lambda x: function(x, ids, 3)[::2], x))
    np.testing.assert_array_equal(found, [none < 0, none > 0, 1])
    found = ops.convert_to_numpy(function(x.astype("int32"), ids, 3))
    assert found.dtype == "int32"
    limits = np.iinfo("int32")
    np.testing.assert_array_equal(found, [5, limits.min if none < 0 else limits.max, pair[0]])


@pytest.mark.parametrize(("name", "wanted"), [("sum", 3), ("max", 2), ("min", 1), ("prod", 2)])
def test_what_is_in_no_segment_counts_nowhere(name, wanted):
    x, ids = np.array([1, 2, 5, 7], "float32"), np.array([0, 0, 3, -1], "int32")
    function = getattr(ops, f"segment_{name}")
    assert ops.convert_to_numpy(function(x, ids, 1)) == [wanted]
    if name != "prod":  # of which JAX has no gradient
        found = ops.convert_to_numpy(input_gradients(lambda x: function(x, ids, 1), x))
        np.testing.assert_array_equal(found[2:], [0, 0])
        assert found[:2].sum() == (2 if name == "sum" else 1)
    ids = np.array([0, 0, 1, 1], "int32")
    assert ops.convert_to_numpy(function(x, ids, 2, sorted=True))[0] == wanted


def test_whole_numbers_are_not_rounded():
    x = np.array([[2**24], [1], [1]], "int32")
    found = ops.convert_to_numpy(ops.segment_sum(x, np.array([1, 1, 0], "int32"), 2))
    np.testing.assert_array_equal(found, [[1], [2**24 + 1]])


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize("name", ["segment_sum", "segment_max"])
def test_the_largest_number_says_how_many_there_are(name, backend):
    if backend == "jax":
        pytest.skip("Keras on JAX wants to be told how many there are")
    found = ops.convert_to_numpy(
        getattr(ops, name)(np.arange(6, dtype="float32"), np.array([0, 1, 1, 5, 5, 0], "int32"))
    )
    none = 0 if name == "segment_sum" else -np.inf
    wanted = [5, 3, none, none, none, 7] if name == "segment_sum" else [5, 2, *[none] * 3, 4]
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.in_turn("tensorflow")
def test_of_no_elements_there_are_no_segments(backend):
    if backend != "tensorflow":
        return
    found = ops.segment_sum(np.zeros((0, 3), "float32"), np.zeros((0,), "int32"))
    assert tuple(found.shape) == (0, 3)
