import numpy as np
import pytest
from keras import ops

from triceras.modelling import pool_strides

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


@pytest.mark.parametrize(("name", "reduce"), [("max_pool", np.max), ("average_pool", np.mean)])
def test_windows_lie_side_by_side(name, reduce):
    pool_strides.install()
    pool_strides.install()
    x = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype("float32")
    wanted = reduce(x.reshape(2, 2, 2, 2, 3, 3), (2, 4))
    found = ops.convert_to_numpy(getattr(ops, name)(x, (2, 3)))
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-7)
    assert getattr(ops, name)(x, 2, 1).shape == (2, 3, 5, 3)
