import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling.own_cells import install

X = np.random.default_rng(0).normal(size=(4, 5, 3)).astype("float32")
MASK = np.array([[1, 0, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 1, 1, 0], [0] * 5], bool)


class Clipped:
    """A cell whose output stays small."""

    def call(self, inputs, states, training=False):
        output, states = super().call(inputs, states, training=training)  # pyright: ignore
        states = keras.tree.flatten(states)
        output = ops.clip(output, -0.1, 0.1)
        return output, [output, *states[1:]]


class OwnLSTMCell(Clipped, keras.layers.LSTMCell):
    """An LSTM's."""


class OwnGRUCell(Clipped, keras.layers.GRUCell):
    """A GRU's."""


@pytest.fixture(autouse=True)
def installed():
    install()


@pytest.mark.slow_on("jax")
@pytest.mark.parametrize("mask", [None, MASK], ids=["all", "masked"])
@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        pytest.param(keras.layers.LSTM, OwnLSTMCell, marks=pytest.mark.in_turn("torch")),
        pytest.param(keras.layers.GRU, OwnGRUCell, marks=pytest.mark.in_turn("jax")),
    ],
)
def test_a_cell_of_one_s_own_is_called(kind, cell, mask):
    layer, own = kind(4, return_sequences=True), cell(4)
    layer.cell = own
    expected = keras.layers.RNN(own, return_sequences=True)
    options = {} if mask is None else {"mask": ops.convert_to_tensor(mask)}
    found = ops.convert_to_numpy(layer(X, **options))
    np.testing.assert_allclose(found, ops.convert_to_numpy(expected(X, **options)), atol=1e-6)
    assert np.abs(found).max() <= 0.1 + 1e-6


def test_a_cell_with_another_call_is_one():
    layer = keras.layers.GRU(4)
    layer.build(X.shape)
    own = layer.cell.call

    def call(inputs, states, training=False):
        output, states = own(inputs, states, training=training)
        return output * 0.0, states

    layer.cell.call = call
    assert not ops.convert_to_numpy(layer(X)).any()
