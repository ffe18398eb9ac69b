import keras
import numpy as np
import pytest
from keras import ops

from lab.models.target_state import TargetState, is_seed


@pytest.fixture
def target():
    layers = [keras.Input((4,)), keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    model = keras.Sequential([*layers, keras.layers.Dense(2)])
    model.layers[0].moving_mean.assign([1.0, 2.0, 3.0, 4.0])
    return model


@pytest.fixture
def state(target):
    state = TargetState(target)
    state.build()
    return state


def numpy(tensors):
    return [np.array(ops.convert_to_numpy(a)) for a in tensors]


def test_it_begins_with_the_values_of_the_target(target, state):
    assert len(state.non_trainable_variables) == 3
    assert not state.trainable_variables
    expected = numpy(v.value for v in target.non_trainable_variables)
    assert all(map(np.array_equal, numpy(v.value for v in state.variables), expected))


def test_each_example_has_the_averages_and_a_key_of_its_own(state):
    for variable, values in zip(state.variables, numpy(state.for_each_example(3)), strict=True):
        assert values.shape == (3, *variable.shape)
        if is_seed(variable):
            assert len(np.unique(values, axis=0)) == 3
        else:
            assert np.array_equal(values, np.tile(ops.convert_to_numpy(variable.value), (3, 1)))


def test_averages_are_averaged_and_counters_counted(state):
    before = state.for_each_example(3)
    counter = [is_seed(v) for v in state.variables].index(True)
    kept = numpy(v.value for v in state.variables)
    drawn = ops.cast([0, 2], before[counter].dtype)
    steps = ops.convert_to_tensor([[1.0], [2.0], [6.0]])
    after = [a + (drawn if i == counter else steps) for i, a in enumerate(before)]
    state.update(before, after)
    for i, (old, new) in enumerate(zip(kept, numpy(v.value for v in state.variables), strict=True)):
        expected = old + np.array([0, 2], old.dtype) if i == counter else old + 3
        np.testing.assert_allclose(new, expected, rtol=1e-6)


def test_what_no_example_changes_stays_to_the_bit():
    target = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, trainable=False)])
    state = TargetState(target)
    state.build()
    before = numpy(v.value for v in state.variables)
    for _ in range(3):
        state.update(state.for_each_example(7), state.for_each_example(7))
    assert all(map(np.array_equal, numpy(v.value for v in state.variables), before))
