import keras
import numpy as np
import pytest
from keras import ops

from triceras.checkpoints import snapshot
from triceras.checkpoints.snapshot import Position
from triceras.engines.grown import grow
from triceras.engines.optimizer_variables import build_optimizers, take_in
from triceras.errors import UserError
from triceras.random import normal_from_key
from triceras.random.install import install, uninstall
from triceras.testing.loops import LOOPS, train
from triceras.testing.one_weight import Shift, Still, with_numbers

X = np.ones((24, 1), "float32")


@pytest.fixture(autouse=True)
def portable_randomness():
    install()
    yield
    uninstall()


class Noise:
    """Draws a number, of a generator of its own."""

    def __init__(self):
        self.generator = keras.random.SeedGenerator(7)

    def next(self):
        return keras.random.normal((), seed=self.generator)

    @staticmethod
    def expected():
        return [normal_from_key(np.array([7, step], "int32"), ()) for step in range(3)]


class Count:
    """Counts how often it was asked."""

    def __init__(self):
        self.count = keras.Variable(np.zeros((), "float32"), trainable=False, name="count")

    def next(self):
        self.count.assign_add(1.0)
        return ops.convert_to_tensor(self.count)

    @staticmethod
    def expected():
        return [1.0, 2.0, 3.0]


class Unseeded:
    def next(self):
        return keras.random.normal(())


@keras.saving.register_keras_serializable("test_optimizer_variables")
class Rate(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, numbers):
        self.numbers = numbers

    def __call__(self, step):
        return self.numbers.next()

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(Noise())


def model(place, numbers):
    return with_numbers(place, numbers, Rate)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("numbers", [Noise, Count])
@pytest.mark.parametrize("place", ["optimizer", "schedule", "constraint", "inner"])
@pytest.mark.slow
def test_each_step_goes_on_with_what_an_optimizer_has(place, numbers, loop):
    trained = model(place, numbers())
    losses, _ = train(trained, X, X, loop)
    steps = np.array(numbers.expected()) + (0.0 if place == "schedule" else 1.0)
    np.testing.assert_allclose(losses, [0.0, -steps[0], -steps[:2].sum()], rtol=1e-5)


@pytest.mark.in_turn
@pytest.mark.parametrize("place", ["optimizer", "schedule", "constraint"])
@pytest.mark.slow
def test_a_checkpoint_holds_it(place):
    whole, first, second = (model(place, Noise()) for _ in range(3))
    losses, _ = train(whole, X, X, "custom", epochs=2)
    train(first, X, X, "custom")
    snapshot.give(second, [], snapshot.take(first, [], Position()))
    np.testing.assert_array_equal(train(second, X, X, "custom")[0], losses[3:])


@pytest.mark.parametrize("place", ["optimizer", "schedule", "constraint"])
def test_draws_without_a_seed_are_refused(place):
    with pytest.raises((UserError, ValueError), match=r"without a seed|only use seeded"):
        train(model(place, Unseeded()), X, X, "custom")


class Handing(keras.optimizers.Optimizer):
    """Has another optimizer do its work."""

    def __init__(self, other):
        super().__init__(0.1)
        self.other = other

    def build(self, variables):
        super().build(variables)
        self.other.build(variables)

    def apply(self, grads, trainable_variables=None):
        self.other.apply(grads, trainable_variables)


@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
@pytest.mark.parametrize("place", ["optimizer", "schedule", "constraint"])
def test_it_assigns_no_variable_of_a_layer(place, loop):
    count, owner = Count(), keras.layers.Lambda(lambda x: x)
    owner.count = count.count
    single = model(place, count)
    trained = keras.Sequential([keras.Input((1,)), owner, *single.layers])
    trained.compile(single.optimizer, Still())
    # In `fit` Keras has none of their values on JAX, and says so in its own words.
    with pytest.raises((UserError, TypeError), match=r"none of the optimizer|not call"):
        train(trained, X, X, loop)


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["custom", "fit", "fit_custom_step"])
def test_it_hands_its_work_to_no_other_that_nobody_knows(loop):
    trained = model("constraint", Count())
    trained.compile(Handing(keras.optimizers.SGD(1.0, momentum=0.9)), Still())
    with pytest.raises(UserError, match="calls it inner_optimizer"):
        train(trained, X, X, loop)


class Halving(keras.optimizers.SGD):
    """Calls the variables otherwise than Keras does."""

    def apply(self, gradients, variables=None):
        super().apply([gradient / 2 for gradient in gradients], variables)


@pytest.mark.slow_on("tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", LOOPS)
def test_it_may_call_what_it_moves_by_a_name_of_its_own(loop):
    trained = model("constraint", Count())
    trained.layers[-1].kernel.constraint = None
    trained.compile(Halving(1.0), Still())
    np.testing.assert_allclose(train(trained, X, X, loop)[0], [0, -0.5, -1])


def test_a_variable_of_a_layer_stays_the_layers():
    count = Count()
    dense = keras.layers.Dense(1, kernel_constraint=Shift(count))
    dense.count = count.count
    changed = keras.Sequential([keras.Input((1,)), dense])
    changed.compile("sgd", "mse")
    before = len(changed.optimizer.variables)
    build_optimizers(changed)
    taken = [v for v in changed.optimizer.variables if v is count.count]
    assert not taken
    assert len(changed.optimizer.variables) == before


def test_an_optimizer_that_grew_goes_on_with_them():
    first, second = every = [keras.Variable(np.zeros((1,), "float32")) for _ in range(2)]
    optimizer = keras.optimizers.SGD(Rate(Noise()))
    optimizer.build([first])
    take_in(optimizer, every)
    optimizer.apply([ops.ones((1,))], [first])
    grow(optimizer, [second], every)
    optimizer.apply([ops.zeros((1,)), ops.ones((1,))], every)
    found = [float(ops.convert_to_numpy(v)[0]) for v in every]
    np.testing.assert_allclose(found, [-n for n in Noise.expected()[:2]], rtol=1e-5)
    assert len(optimizer.variables) == 2
