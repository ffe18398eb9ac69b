"""Keras's LSTM by one kernel: the numbers and derivatives of its loop over rows."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients


@pytest.fixture(autouse=True)
def only_here(backend):
    if backend != "torch":
        pytest.skip("the engine of another backend")


RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(2, 5, 3)).astype("float32")


def close(found, wanted):
    for a, b in zip(found, wanted, strict=True):
        a, b = ops.convert_to_numpy(a), ops.convert_to_numpy(b)
        assert np.abs(b).max() > 1e-3
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def of_graph(layer, x):
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_lstm import one_kernel

    with one_kernel():
        program = traced(lambda x: keras.tree.flatten(layer(x)), (ops.convert_to_tensor(x),))
    return program.function.graph.nodes


def is_kernel(node):
    return str(node.target) == "triceras.lstm.default"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True},
        {"return_state": True, "go_backwards": True},
        {"return_sequences": True, "go_backwards": True, "unroll": True},
    ],
)
def test_outputs_and_derivatives_are_those_of_the_loop(options):
    from triceras.engines.torch_lstm import one_kernel

    layer = keras.layers.LSTM(4, bias_initializer="random_normal", **options)
    layer.build(X.shape)

    def outputs(x):
        # The derivatives of all outputs, each of another size.
        return sum(ops.sum(ops.sin((i + 1) * a)) for i, a in enumerate(leaves(x)))

    def leaves(x):
        return keras.tree.flatten(layer(x))

    def steepness(x):
        return ops.sum(input_gradients(outputs, x) ** 2)

    def results():
        return [*leaves(X), input_gradients(outputs, X), input_gradients(steepness, X)]

    wanted = results()
    assert sum(map(is_kernel, of_graph(layer, X))) == 1
    with one_kernel():
        close(results(), wanted)


def test_gradients_of_weights_and_of_the_first_state():
    import torch

    from triceras.engines.torch_lstm import one_kernel

    layer = keras.layers.LSTM(4, return_sequences=True)
    layer.build(X.shape)
    state = [ops.convert_to_tensor(a) for a in RANDOM.normal(size=(2, 2, 4)).astype("float32")]

    others = [v.value for v in layer.non_trainable_variables]

    def gradients():
        def loss(weights, state):
            outputs, _ = layer.stateless_call(weights, others, X, initial_state=state)
            return (outputs**2).sum()

        weights = [v.value for v in layer.trainable_variables]
        found = torch.func.grad(loss, argnums=(0, 1))(weights, state)
        return keras.tree.flatten(found)

    wanted = gradients()
    with one_kernel():
        close(gradients(), wanted)


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"activation": "relu"}, None),
        ({"recurrent_activation": "hard_sigmoid"}, None),
        ({"use_bias": False}, None),
        ({"dtype": "float64"}, None),
        ({}, keras.layers.Masking()),
    ],
    ids=lambda value: str(value)[:30],
)
def test_all_else_is_left_to_keras(options, change):
    layers = [change] if change else []
    model = keras.Sequential([keras.Input(X.shape[1:]), *layers, keras.layers.LSTM(4, **options)])
    x = X.copy()
    x[0, 3:] = 0
    assert not any(map(is_kernel, of_graph(model, x)))


def test_a_mask_counts():
    from triceras.engines.torch_lstm import one_kernel

    model = keras.Sequential(
        [keras.Input(X.shape[1:]), keras.layers.Masking(), keras.layers.LSTM(4)]
    )
    x = X.copy()
    x[0, 1] = x[1, 3:] = 0
    wanted = model(x)
    with one_kernel():
        close([model(x)], [wanted])


def test_few_rows_are_left_to_inductor():
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_lstm import FEW_ROWS, has_few_rows, one_kernel

    layer = keras.layers.LSTM(4)
    for rows, few in ((FEW_ROWS, True), (FEW_ROWS + 1, False)):
        x = ops.ones((2, rows, 3))
        with one_kernel():
            assert has_few_rows(traced(layer, (x,)).function) == few
        with one_kernel(FEW_ROWS):
            graph = traced(layer, (x,)).function.graph
        assert any(map(is_kernel, graph.nodes)) != few


class Repeating(keras.layers.Layer):
    """Begins with one state for all rows."""

    def __init__(self):
        super().__init__()
        self.lstm = keras.layers.LSTM(16)
        self.state = [self.add_weight(shape=(1, 16), initializer="ones") for _ in range(2)]

    def call(self, x):
        return self.lstm(x, initial_state=self.state)


def test_one_state_for_all_rows_is_repeated():
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_lstm import one_kernel

    layer, x = Repeating(), ops.convert_to_tensor(np.repeat(X, 4, axis=0))
    wanted = layer(x)
    assert wanted.shape == (8, 16)
    with one_kernel():
        program = traced(lambda x: [layer(x)], (x,))
    assert not any(map(is_kernel, program.function.graph.nodes))
    close(program.function(x), [wanted])
