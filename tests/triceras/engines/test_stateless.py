import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import engine_class
from triceras.engines.state import state_variables
from triceras.engines.stateless import StatelessEngine


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
