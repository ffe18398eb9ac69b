import keras
import pytest
from keras import ops

from triceras.engines.state import holds, keep, other_variables, restore, state_variables


@pytest.mark.slow
def test_variables_are_found_once_each(whole):
    model, objectives = whole.engine.model, whole.engine.objectives
    found, others = state_variables(model, objectives), other_variables(model, objectives)
    trained = [v for objective in objectives for v in objective.variables]
    assert len({id(v) for v in found}) == len(found) == len(trained) + len(others)


def test_kept_values_come_back():
    variable = keras.Variable([1.0, 2.0])
    kept = keep([variable])
    variable.assign([3.0, 4.0])
    restore(kept)
    assert ops.convert_to_numpy(variable.value).tolist() == [1.0, 2.0]


def test_values_are_the_kept_ones_or_are_not():
    variables = [keras.Variable([1.0, -0.0]), keras.Variable([float("nan")])]
    kept = keep(variables)
    assert holds(variables, kept)
    variables[0].assign([1.0, 0.0])
    assert not holds(variables, kept)
