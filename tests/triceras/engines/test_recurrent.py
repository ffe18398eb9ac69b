"""A stateful recurrent layer goes on where the batch before ended, in every loop, or it is said."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines.state import state_variables
from triceras.errors import UserError
from triceras.testing.loops import LOOPS, train

X = np.random.default_rng(0).normal(size=(6, 3, 2)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 4)).astype("float32")


def build(layer):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3, 2), 2), layer(4, stateful=True)])
    # A rate of 0, so that what a batch begins with is all that tells steps apart.
    model.compile(keras.optimizers.SGD(0.0), "mse")
    return model


def expected(layer):
    """The losses of the three batches, each begun with the state in which the last ended."""
    model = build(layer)
    losses = []
    for start in (0, 2, 4):
        outputs = ops.convert_to_numpy(model(X[start : start + 2]))
        losses.append(np.mean((outputs - Y[start : start + 2]) ** 2))
    return losses, [ops.convert_to_numpy(v) for v in model.layers[0].states]


@pytest.mark.in_turn
@pytest.mark.parametrize("layer", [keras.layers.SimpleRNN, keras.layers.GRU])
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.slow
def test_the_state_is_carried_from_batch_to_batch(loop, layer, backend, monkeypatch):
    monkeypatch.setattr("triceras.data.order.permutation", lambda seed, epoch, n: np.arange(n))
    model = build(layer)
    if loop != "custom" and backend == "jax":
        with pytest.raises(UserError, match="is stateful, and fit on JAX forgets its state"):
            train(model, X, Y, loop, batch_size=2)
        return
    wanted, states = expected(layer)
    losses, _ = train(model, X, Y, loop, batch_size=2)
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)
    # A checkpoint holds it.
    held = {id(v) for v in state_variables(model)}
    for variable, value in zip(model.layers[0].states, states, strict=True):
        assert id(variable) in held
        np.testing.assert_allclose(ops.convert_to_numpy(variable), value, rtol=1e-4, atol=1e-6)
