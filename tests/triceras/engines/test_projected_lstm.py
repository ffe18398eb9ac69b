"""Keras's LSTM with one product of all rows: the numbers and gradients of its own loop."""

import contextlib

import keras
import numpy as np
import pytest

from triceras.engines.projected_lstm import FEW_ROWS, projected_at_once

pytestmark = pytest.mark.slow_on("tensorflow")


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "tensorflow":
        pytest.skip("the engine of another backend")


def trained(layer, rows, at_once, training=True):
    """The kinds of operations of a traced layer, and its outputs and gradients."""
    import tensorflow as tf

    generator = np.random.default_rng(0)
    x = generator.normal(size=(2, rows, 3)).astype("float32")
    x[0, 1] = x[1, rows - 1] = 0
    model = keras.Sequential([keras.Input(x.shape[1:]), *layer])
    for variable in model.variables:
        variable.assign(generator.uniform(-1, 1, variable.shape))
    x = tf.constant(x)

    def step():
        values = [x, *(variable.value for variable in model.trainable_variables)]
        with projected_at_once() if at_once else contextlib.nullcontext():
            with tf.GradientTape() as tape:
                tape.watch(x)
                y = tf.nest.flatten(model(x, training=training))
                # Each output has a gradient of another size.
                loss = sum(tf.reduce_sum(tf.sin((i + 1) * a)) for i, a in enumerate(y))
            return y, tape.gradient(loss, values)

    program = tf.function(step, autograph=False)
    graph = program.get_concrete_function().graph
    kinds = [operation.type for operation in graph.get_operations()]
    return kinds, [np.asarray(a, "float64") for a in tf.nest.flatten(program())]


LAYERS = {
    "last": [keras.layers.LSTM, {}],
    "all, backwards": [keras.layers.LSTM, {"return_sequences": True, "go_backwards": True}],
    "without bias": [keras.layers.LSTM, {"use_bias": False, "activation": "relu"}],
    "in bfloat16": [keras.layers.LSTM, {"dtype": "mixed_bfloat16"}],
}


@pytest.mark.parametrize("rows", [4, FEW_ROWS + 1], ids=["few rows", "many"])
@pytest.mark.parametrize("name", LAYERS)
def test_what_it_computes(name, rows):
    kind, options = LAYERS[name]
    kinds, found = trained([kind(3, **options)], rows, True)
    _, expected = trained([kind(3, **options)], rows, False)
    assert ("While" in " ".join(kinds)) == (rows > FEW_ROWS)
    tolerance = 2e-2 if "dtype" in options else 1e-5
    for a, b in zip(found, expected, strict=True):
        assert np.abs(b).max() > 1e-3
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


@pytest.mark.parametrize("wrapped", [False, True], ids=["itself", "in both directions"])
def test_a_mask_counts(wrapped):
    def layers():
        layer = keras.layers.LSTM(3, return_sequences=True)
        return [keras.layers.Masking(), keras.layers.Bidirectional(layer) if wrapped else layer]

    kinds, found = trained(layers(), 4, True)
    plain, expected = trained(layers(), 4, False)
    assert kinds != plain
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-5 * np.abs(b).max())


class Own(keras.layers.LSTMCell):
    """Somebody's own, of which nothing is known."""


class OwnLSTM(keras.layers.LSTM):
    """An LSTM of such a cell."""

    def __init__(self, units):
        super().__init__(units)
        self.cell = Own(units)


@pytest.mark.parametrize(
    "layer",
    [lambda: keras.layers.LSTM(3, dropout=0.5), lambda: OwnLSTM(3), lambda: keras.layers.GRU(3)],
    ids=["dropout", "a cell of its own", "another layer"],
)
def test_what_is_left_alone(layer):
    kinds, _ = trained([layer()], 4, True)
    assert "While" in " ".join(kinds)


def test_dropout_drops_nothing_without_training():
    layer = keras.layers.LSTM(3, dropout=0.5, recurrent_dropout=0.5)
    kinds, _ = trained([layer], 4, True, training=False)
    assert "While" not in " ".join(kinds)


def test_it_is_as_before_afterwards():
    before = keras.layers.LSTM.inner_loop
    with projected_at_once():
        assert keras.layers.LSTM.inner_loop is not before
    assert keras.layers.LSTM.inner_loop is before
