import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import average_pooling


def by_hand(x, window, step):
    """Averages along the second axis, of the elements that are there."""
    size = x.shape[1]
    count = -(-size // step)
    before = max(0, (count - 1) * step + window - size) // 2
    starts = [i * step - before for i in range(count)]
    parts = [x[:, max(a, 0) : a + window].mean(1, keepdims=True) for a in starts]
    return np.concatenate(parts, 1)


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize(("window", "step"), [(3, 2), (2, 1), (4, 3), (3, 1), (2, 2), (5, 4)])
def test_only_what_is_there_is_counted(window, step):
    average_pooling.install()
    x = np.random.default_rng(0).normal(size=(2, 6, 7, 3)).astype("float32")
    wanted = np.swapaxes(by_hand(np.swapaxes(by_hand(x, window, step), 1, 2), window, step), 1, 2)
    layer = keras.layers.AveragePooling2D(window, step, "same")
    np.testing.assert_allclose(ops.convert_to_numpy(layer(x)), wanted, rtol=1e-6, atol=1e-6)
    first = keras.layers.AveragePooling1D(window, step, "same")(x[:, :, 0])
    wanted = by_hand(x[:, :, 0], window, step)
    np.testing.assert_allclose(ops.convert_to_numpy(first), wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.in_turn("torch")
def test_each_axis_has_a_window_and_steps_of_its_own(backend):
    average_pooling.install()
    x = np.random.default_rng(0).normal(size=(2, 6, 7, 1)).astype("float32")
    wanted = np.swapaxes(by_hand(np.swapaxes(by_hand(x, 3, 2), 1, 2), 2, 1), 1, 2)
    found = ops.average_pool(x, (3, 2), (2, 1), "same")
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-6, atol=1e-6)
    if backend == "torch":  # the other frameworks have no such pooling on a CPU
        first = ops.average_pool(np.moveaxis(x, -1, 1), (3, 2), (2, 1), "same", "channels_first")
        found = np.moveaxis(ops.convert_to_numpy(first), 1, -1)
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)
