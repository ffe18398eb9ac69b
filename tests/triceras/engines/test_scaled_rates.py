import keras
import numpy as np
import pytest

from triceras.engines.grown import grow
from triceras.engines.scaled_rates import scale_rates
from triceras.errors import UserError
from triceras.modelling import mends
from triceras.testing.backbone import arrays, compiled
from triceras.testing.loops import train

mends.install()
OPTIMIZERS = [
    *("SGD", "Adam", "AdamW", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Adafactor"),
    *("Ftrl", "Lion", "Lamb", "Muon", "ScheduleFreeAdamW"),
]
FACTOR = 0.25


def variables():
    return [keras.Variable(np.full((2, 2), 1.0 + i, "float32")) for i in range(2)]


def moved(optimizers, scaled=None):
    """Where two variables are after some steps, each with an optimizer of its own or with one."""
    trained = variables()
    if scaled:
        scale_rates(optimizers[0], [(trained[0], scaled)])
    groups = [[0, 1]] if len(optimizers) == 1 else [[0], [1]]
    for optimizer, group in zip(optimizers, groups, strict=True):
        optimizer.build([trained[i] for i in group])
        for step in range(3):
            gradients = [keras.ops.ones((2, 2)) * (1.0 + i + step) for i in group]
            optimizer.apply(gradients, [trained[i] for i in group])
    return np.array([keras.ops.convert_to_numpy(v.value) for v in trained])


@pytest.mark.in_turn
@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}], ids=["plain", "decay"])
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_scaled_rate_is_that_of_an_optimizer_with_this_rate(name, options):
    kind = getattr(keras.optimizers, name)
    found = moved([kind(0.1, **options)], FACTOR)
    expected = moved([kind(0.1 * FACTOR, **options), kind(0.1, **options)])
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7)
    assert np.abs(found - moved([kind(0.1, **options)])).max() > 1e-6


def falling(rate):
    return keras.optimizers.schedules.ExponentialDecay(rate, 2, 0.5)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.slow
def test_a_schedule_and_a_norm_of_all_gradients_are_those_of_the_whole(loop):
    adam = keras.optimizers.Adam
    x, y = arrays()
    losses, _ = train(
        compiled(adam(falling(0.1)), learning_rates={"backbone": FACTOR}), x, y, loop, epochs=3
    )
    parts = keras.optimizers.OptimizerMap(
        adam(falling(0.1)), {"backbone/.*": adam(falling(0.1 * FACTOR))}
    )
    expected, _ = train(compiled(keras.optimizers.MultiOptimizer(parts)), x, y, loop, epochs=3)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    clipped = [
        train(compiled(keras.optimizers.SGD(1.0, global_clipnorm=norm), (), rates), x, y, loop)[0]
        for norm, rates in ((0.1, {"*": 0.5}), (0.05, None))
    ]
    # Half the rate of all is half the norm of all, as each step is clipped.
    np.testing.assert_allclose(*clipped, rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.slow
def test_the_parts_of_an_optimizer_are_scaled():
    def optimizer():
        return keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.5), initial_scale=2.0)

    x, y = arrays()
    found, whole, plain = (
        train(compiled(one, learning_rates=rates), x, y, "custom")[0]
        for one, rates in (
            (optimizer(), {"backbone": FACTOR}),
            (keras.optimizers.SGD(0.5), {"backbone": FACTOR}),
            (optimizer(), None),
        )
    )
    np.testing.assert_allclose(found, whole, rtol=1e-5)
    assert np.abs(found - plain).max() > 1e-3


@pytest.mark.once
def test_the_rate_can_be_read_and_set():
    optimizer = keras.optimizers.Adam(0.1)
    first, second = variables()
    scale_rates(optimizer, [(first, FACTOR)])
    optimizer.build([first, second])
    optimizer.learning_rate = 0.3
    assert float(optimizer.learning_rate) == pytest.approx(0.3)
    optimizer.apply([keras.ops.ones((2, 2))] * 2, [first, second])
    steps = [
        1 - keras.ops.convert_to_numpy(first)[0, 0],
        2 - keras.ops.convert_to_numpy(second)[0, 0],
    ]
    assert steps == pytest.approx([0.3 * FACTOR, 0.3], rel=1e-4)


@pytest.mark.once
def test_an_optimizer_that_grew_scales_what_is_new_to_it():
    optimizer = keras.optimizers.SGD(0.1)
    first, second = variables()
    scale_rates(optimizer, [(first, FACTOR)])
    optimizer.build([second])
    grow(optimizer, [first], [first, second])
    optimizer.apply([keras.ops.ones((2, 2))], [first])
    assert keras.ops.convert_to_numpy(first)[0, 0] == pytest.approx(1 - 0.1 * FACTOR)


class OwnApply(keras.optimizers.SGD):
    def apply(self, grads, trainable_variables=None):
        pass


@pytest.mark.once
def test_an_optimizer_that_would_take_no_notice_is_refused():
    with pytest.raises(UserError, match="OwnApply has its own apply, which takes no notice"):
        scale_rates(OwnApply(0.1), [])
