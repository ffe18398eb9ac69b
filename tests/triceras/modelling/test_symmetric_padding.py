import numpy as np
import pytest
from keras import ops

from triceras.modelling import symmetric_padding


@pytest.mark.parametrize("width", [((0, 0), (3, 2)), ((1, 2), (0, 4)), ((3, 0), (0, 4))])
@pytest.mark.parametrize("kind", ["float32", "int32"])
def test_the_edge_is_mirrored_as_by_numpy(width, kind):
    symmetric_padding.install()
    x = np.arange(12).reshape(3, 4).astype(kind)
    found = ops.convert_to_numpy(ops.pad(x, width, "symmetric"))
    assert found.dtype == kind
    np.testing.assert_array_equal(found, np.pad(x, width, "symmetric"))


def test_other_paddings_are_as_they_were():
    symmetric_padding.install()
    x = np.arange(12.0).reshape(3, 4)
    found = ops.convert_to_numpy(ops.pad(x, ((1, 1), (0, 2)), constant_values=7.0))
    np.testing.assert_array_equal(found, np.pad(x, ((1, 1), (0, 2)), constant_values=7.0))


@pytest.mark.parametrize("width", [2, ((1, 2),)])
def test_one_width_is_that_of_all_axes(width):
    symmetric_padding.install()
    x = np.arange(12.0).reshape(3, 4)
    found = ops.convert_to_numpy(ops.pad(x, width, constant_values=7.0))
    np.testing.assert_array_equal(found, np.pad(x, width, constant_values=7.0))
