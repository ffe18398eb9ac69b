import keras
from keras import ops

from triceras.engines.state import keep, other_variables, restore, state_variables


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
