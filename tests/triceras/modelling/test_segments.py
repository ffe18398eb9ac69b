import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import segments


@pytest.mark.parametrize(("name", "none"), [("segment_max", -np.inf), ("segment_min", np.inf)])
def test_a_segment_without_elements_has_none(name, none):
    segments.install()
    segments.install()
    x, ids = np.array([1, -2, 5], "float32"), np.array([2, 2, 0], "int32")
    function = getattr(ops, name)
    pair = (1 if none < 0 else -2), 5
    found = ops.convert_to_numpy(function(x, ids, 4))
    np.testing.assert_array_equal(found, [pair[1], none, pair[0], none])
    found = ops.convert_to_numpy(input_gradients(lambda x: function(x, ids, 3)[::2], x))
    np.testing.assert_array_equal(found, [none < 0, none > 0, 1])
    found = ops.convert_to_numpy(function(x.astype("int32"), ids, 3))
    assert found.dtype == "int32"
