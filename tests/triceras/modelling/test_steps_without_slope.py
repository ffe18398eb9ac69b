import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import steps_without_slope

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


@pytest.mark.parametrize("name", ["floor_divide", "heaviside"])
def test_a_step_is_flat(name):
    steps_without_slope.install()
    steps_without_slope.install()
    x = np.array([-2.5, 0.5, 3], "float32")
    function = getattr(ops, name)
    wanted = {"floor_divide": x // 2, "heaviside": np.heaviside(x, 2)}[name]
    np.testing.assert_array_equal(ops.convert_to_numpy(function(x, 2.0)), wanted)
    found = input_gradients(lambda x: x + function(x, 2.0), x)
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [1, 1, 1])
