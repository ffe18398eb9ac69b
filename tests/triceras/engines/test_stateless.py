import functools

import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import engine_class
from triceras.engines.objective import Objective
from triceras.engines.state import state_variables
from triceras.engines.stateless import StatelessEngine
from triceras.testing.loops import train


@pytest.fixture(autouse=True)
def only_where_state_is_a_value(backend):
    if not issubclass(engine_class(), StatelessEngine):
        pytest.skip("the engine keeps its state in the Keras variables")


@pytest.fixture
def engine(start):
    return start(compile=False).engine


def host(values):
    return [np.array(ops.convert_to_numpy(value)) for value in values]


def twice(state):
    return keras.tree.map_structure(lambda a: a * 2, state)


def test_a_state_holds_each_variable(engine):
    variables, optimizer = state_variables(engine.model), engine.model.optimizer.variables
    assert [v.shape for v in variables] == [tuple(a.shape) for a in engine.state.model]
    assert [v.shape for v in optimizer] == [tuple(a.shape) for a in engine.state.optimizers[0]]


def test_what_is_written_is_read(engine):
    state = twice(engine.state)
    engine.write_state(state)
    read = engine.read_state(lambda variable: variable.value)
    for found, expected in zip(
        host(keras.tree.flatten(read)), host(keras.tree.flatten(state)), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_scope_gives_the_values_of_its_state(engine):
    kernel = engine.model.trainable_variables[0]
    before = host([kernel.value])[0]
    with engine.scope(twice(engine.state)):
        inside = host([kernel.value])[0]
    np.testing.assert_array_equal(inside, before * 2)
    np.testing.assert_array_equal(host([kernel.value])[0], before)


def test_only_the_weights_of_an_objective_are_replaced(engine):
    zeros = [a * 0 for a in engine.weights(engine.state, 0)]
    state = engine.replace_weights(engine.state, 0, zeros)
    assert not any(map(np.any, host(engine.weights(state, 0))))
    assert any(map(np.any, host(engine.weights(engine.state, 0))))
    assert state.optimizers is engine.state.optimizers


def test_only_the_values_of_an_optimizer_are_replaced(engine):
    state = engine.replace_optimizer(engine.state, 0, [1, 2])
    assert state.optimizers == [[1, 2]]
    assert state.model is engine.state.model


X = np.ones((24, 1), "float32")


class Counting(keras.layers.Layer):
    """Counts its calls."""

    def build(self, input_shape):
        self.count = self.add_weight((), "zeros", trainable=False)

    def call(self, inputs):
        self.count.assign(self.count + 1.0)
        return inputs


class Less(keras.constraints.Constraint):
    """Takes from a weight what a layer has counted."""

    def __init__(self, counting):
        self.counting = counting

    def __call__(self, weight):
        return weight - self.counting.count


@keras.saving.register_keras_serializable("test_stateless")
class Counted(keras.optimizers.schedules.LearningRateSchedule):
    """Counts how often it was asked."""

    def __init__(self):
        self.count = keras.Variable(np.zeros((), "float32"), trainable=False)

    def __call__(self, step):
        self.count.assign_add(1.0)
        return ops.convert_to_tensor(self.count)

    def get_config(self):
        return {}


class Pair(keras.Model):
    """Two weights, each with an optimizer of its own, of one schedule."""

    def __init__(self, schedule):
        super().__init__()
        self.parts = [weight() for _ in range(2)]
        self.optimizers = [keras.optimizers.SGD(schedule) for _ in self.parts]

    def build(self, input_shape):
        for part in self.parts:
            part.build(input_shape)

    def call(self, inputs):
        return self.parts[0](inputs) + self.parts[1](inputs)

    def objectives(self):
        return [
            Objective(name, functools.partial(self.own, part), part.trainable_variables, optimizer)
            for name, part, optimizer in zip("ab", self.parts, self.optimizers, strict=True)
        ]

    def own(self, part, inputs, targets, training):
        return ops.mean(part(inputs))


def weight(**options):
    return keras.layers.Dense(1, use_bias=False, kernel_initializer="zeros", **options)


def test_a_constraint_reads_what_a_layer_has_counted():
    counting = Counting()
    model = keras.Sequential(
        [keras.Input((1,)), counting, weight(kernel_constraint=Less(counting))]
    )
    model.compile(keras.optimizers.SGD(0.0), lambda targets, outputs: outputs[:, 0])
    losses, _ = train(model, X, X, "custom")
    np.testing.assert_allclose(losses, [0, -1, -3])


def test_two_optimizers_go_on_with_what_they_share():
    pair = Pair(Counted())
    pair.build((None, 1))
    pair.compile("sgd", "mse")
    train(pair, X, X, "custom")
    kernels = [part.kernel for part in pair.parts]
    found = [float(kernel[0, 0]) for kernel in map(ops.convert_to_numpy, kernels)]
    np.testing.assert_allclose(found, [-(1 + 3 + 5), -(2 + 4 + 6)])
