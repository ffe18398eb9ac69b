import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import updated_slices

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


def test_what_is_written_and_what_stays_have_a_gradient():
    updated_slices.install()
    updated_slices.install()
    x, part = np.zeros((3, 4), "float32"), np.full((2, 2), 5, "float32")
    by = ops.convert_to_tensor(np.arange(12, dtype="float32").reshape(3, 4))
    found = ops.convert_to_numpy(ops.slice_update(x, (1, 2), part))
    np.testing.assert_array_equal(found[1:, 2:], part)
    assert found.sum() == part.sum()
    kept = input_gradients(lambda x: ops.slice_update(x, (1, 2), part) * by, x)
    np.testing.assert_array_equal(kept, [[0, 1, 2, 3], [4, 5, 0, 0], [8, 9, 0, 0]])
    at = ops.convert_to_tensor(np.array([1, 2], "int32"))
    written = input_gradients(
        lambda part: ops.slice_update(ops.convert_to_tensor(x), (at[0], at[1]), part) * by, part
    )
    np.testing.assert_array_equal(written, [[6, 7], [10, 11]])
