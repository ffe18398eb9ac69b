import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines.grown import grow
from triceras.errors import UserError


def variables(count):
    return [keras.Variable(np.full((2,), 1.0 + i, "float32")) for i in range(count)]


def values(optimizer):
    return [np.array(ops.convert_to_numpy(v.value)) for v in optimizer.variables]


def step(optimizer, trained):
    optimizer.apply([ops.ones((2,)) * (i + 1.0) for i in range(len(trained))], trained)


@pytest.mark.in_turn
@pytest.mark.parametrize(
    "make",
    [
        lambda: keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 9), use_ema=True),
        lambda: keras.optimizers.Nadam(0.1, gradient_accumulation_steps=2),
        lambda: keras.optimizers.Adafactor(0.1),
    ],
    ids=["adam", "nadam", "adafactor"],
)
def test_an_optimizer_that_grew_keeps_what_it_had_and_begins_the_rest_anew(make):
    first, second, third = every = variables(3)
    grown, wide = make(), make()
    grown.build([second])
    wide.build(every)
    for _ in range(2):
        step(grown, [second])
        after = ops.convert_to_numpy(second.value)
    kept = {id(second): values(grown)}
    grow(grown, [first, third], every)
    assert [id(v) for v in grown._trainable_variables] == [id(v) for v in every]
    assert len(grown.variables) == len(wide.variables)
    found = {array.tobytes() for array in values(grown)}
    assert {array.tobytes() for array in kept[id(second)]} <= found
    np.testing.assert_array_equal(ops.convert_to_numpy(second.value), after)
    step(grown, every)
    assert int(grown._iterations) == 3


def test_the_average_of_what_stood_still_is_its_value():
    first, second = every = variables(2)
    optimizer = keras.optimizers.SGD(0.5, use_ema=True, ema_momentum=0.9)
    optimizer.build([second])
    step(optimizer, [second])
    grow(optimizer, [first], every)
    step(optimizer, every)
    average = ops.convert_to_numpy(optimizer._model_variables_moving_average[0])
    np.testing.assert_allclose(average, 0.9 * 1.0 + 0.1 * 0.5, rtol=1e-6)


def test_one_that_is_made_of_others_is_refused():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    known, new = variables(2)
    optimizer.build([known])
    with pytest.raises(UserError, match="LossScaleOptimizer cannot take up more variables"):
        grow(optimizer, [new], [known, new])
