"""Keras's LSTM and GRU by one kernel: the numbers and derivatives of its loop over rows."""

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
    from triceras.engines.torch_recurrent import one_kernel

    with one_kernel():
        program = traced(lambda x: keras.tree.flatten(layer(x)), (ops.convert_to_tensor(x),))
    return program.function.graph.nodes


def is_kernel(node):
    kinds = ("triceras.lstm.default", "triceras.masked_lstm.default", "triceras.gru.default")
    return str(node.target) in kinds


KINDS = (keras.layers.LSTM, keras.layers.GRU)
of_each_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True},
        {"return_state": True, "go_backwards": True},
        {"return_sequences": True, "go_backwards": True, "unroll": True},
    ],
)
@of_each_kind
def test_outputs_and_derivatives_are_those_of_the_loop(kind, options):
    from triceras.engines.torch_recurrent import one_kernel

    layer = kind(4, bias_initializer="random_normal", **options)
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


@of_each_kind
def test_gradients_of_weights_and_of_the_first_state(kind):
    import torch

    from triceras.engines.torch_recurrent import one_kernel

    layer = kind(4, return_sequences=True)
    layer.build(X.shape)
    count = 2 if kind is keras.layers.LSTM else 1
    states = RANDOM.normal(size=(count, 2, 4)).astype("float32")
    state = [ops.convert_to_tensor(a) for a in states]

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


@pytest.mark.slow_on("torch")
@pytest.mark.parametrize(
    "options",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"dtype": "float64"},
    ],
    ids=str,
)
@of_each_kind
def test_all_else_is_left_to_keras(kind, options):
    assert not any(map(is_kernel, of_graph(kind(4, **options), X)))


@pytest.mark.slow_on("torch")
def test_a_gru_of_another_kind_is_left_to_keras():
    assert not any(map(is_kernel, of_graph(keras.layers.GRU(4, reset_after=False), X)))


# A gap, an end, a beginning, and nothing at all.
MASK = np.array([[1, 0, 1, 1, 1], [1, 1, 1, 0, 0], [0, 0, 1, 1, 0], [0] * 5], bool)


@of_each_kind
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"return_sequences": True, "return_state": True},
        {"return_sequences": True, "zero_output_for_mask": True},
        {"zero_output_for_mask": True},
        {"return_sequences": True, "return_state": True, "go_backwards": True},
    ],
    ids=lambda options: "-".join(options) or "last",
)
def test_a_mask_counts_as_in_the_loop(kind, options):
    from triceras.engines.torch_recurrent import one_kernel

    x = np.random.default_rng(1).normal(size=(4, 5, 3)).astype("float32")
    layer = kind(4, bias_initializer="random_normal", **options)
    layer.build(x.shape)
    # It goes on where nothing counts.
    states = [ops.sin(ops.reshape(ops.arange(16, dtype="float32"), (4, 4))) for _ in range(2)]
    states = states if kind is keras.layers.LSTM else states[:1]

    def leaves(x):
        return keras.tree.flatten(layer(x, initial_state=states, mask=ops.convert_to_tensor(MASK)))

    def outputs(x):
        return sum(ops.sum(ops.sin((i + 1) * a)) for i, a in enumerate(leaves(x)))

    def steepness(x):
        return ops.sum(input_gradients(outputs, x) ** 2)

    def results():
        return [*leaves(x), input_gradients(outputs, x), input_gradients(steepness, x)]

    wanted = results()
    assert sum(map(is_kernel, of_graph(leaves, x))) == 1
    with one_kernel():
        close(results(), wanted)


@of_each_kind
def test_weights_have_the_gradients_of_the_loop_with_a_mask(kind):
    import torch

    from triceras.engines.torch_recurrent import one_kernel

    x = np.random.default_rng(1).normal(size=(4, 5, 3)).astype("float32")
    layer = keras.layers.Bidirectional(kind(4, return_sequences=True))
    layer.build(x.shape)
    others = [v.value for v in layer.non_trainable_variables]

    def gradients():
        def loss(weights):
            mask = ops.convert_to_tensor(MASK)
            outputs, _ = layer.stateless_call(weights, others, x, mask=mask)
            return (outputs**2).sum()

        return torch.func.grad(loss)([v.value for v in layer.trainable_variables])

    wanted = gradients()
    assert len(wanted) == 6
    with one_kernel():
        close(gradients(), wanted)


@pytest.mark.slow_on("torch")
def test_of_a_layer_that_is_unrolled_with_a_mask_the_loop_is_taken():
    layer = keras.layers.LSTM(4, unroll=True)
    mask = np.ones((2, 5), bool)
    assert not any(map(is_kernel, of_graph(lambda x: layer(x, mask=mask), X)))


@pytest.mark.slow_on("torch")
@of_each_kind
def test_few_rows_are_left_to_inductor(kind):
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_recurrent import FEW_ROWS, has_few_rows, one_kernel

    layer = kind(4)
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


@pytest.mark.slow_on("torch")
def test_one_state_for_all_rows_is_repeated():
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_recurrent import one_kernel

    layer, x = Repeating(), ops.convert_to_tensor(np.repeat(X, 4, axis=0))
    wanted = layer(x)
    assert wanted.shape == (8, 16)
    with one_kernel():
        program = traced(lambda x: [layer(x)], (x,))
    assert not any(map(is_kernel, program.function.graph.nodes))
    close(program.function(x), [wanted])


@pytest.mark.slow_on("torch")
@of_each_kind
@pytest.mark.parametrize("what", ["mask", "jvp", "vectorized_map"])
def test_what_the_operation_is_not_made_for_is_left_to_the_loop(kind, what):
    from triceras.engines.torch_graph import traced
    from triceras.engines.torch_recurrent import one_kernel

    x = ops.convert_to_tensor(np.random.default_rng(1).normal(size=(4, 5, 3)).astype("float32"))
    layer = kind(4)
    layer.build(x.shape)
    mask = ops.convert_to_tensor(MASK[:, :, None])
    function = {
        "mask": lambda x: layer(x, mask=mask),
        "jvp": lambda x: ops.jvp(layer, (x,), (x,))[1],
        "vectorized_map": lambda x: ops.vectorized_map(lambda row: layer(row[None])[0], x),
    }[what]
    wanted = function(x)
    with one_kernel():
        program = traced(lambda x: [function(x)], (x,))
    close(program.function(x), [wanted])
