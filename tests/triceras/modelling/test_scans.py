import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import carried_variables, scans
from triceras.random.install import install
from triceras.testing.loops import train

X = np.arange(12, dtype="float32").reshape(4, 3)


@pytest.fixture(autouse=True)
def mended():
    install()
    carried_variables.install()
    scans.install()
    scans.install()


def numbers(tree):
    return keras.tree.map_structure(ops.convert_to_numpy, tree)


@pytest.mark.parametrize("reverse", [False, True])
def test_a_round_gives_other_shapes_types_and_trees_than_it_hands_on(reverse):
    def step(carry, row):
        total, count = carry["total"] + row["x"], carry["count"] + 1
        return {"total": total, "count": count}, (ops.sum(total), [row["i"], total > 9])

    init = {"total": ops.zeros(3), "count": ops.zeros((), "int32")}
    xs = {"x": X, "i": np.arange(4, dtype="int32")}
    carry, (sums, (places, larger)) = numbers(ops.scan(step, init, xs, reverse=reverse))
    order = slice(None, None, -1 if reverse else 1)
    totals = np.cumsum(X[order], axis=0)[order]
    np.testing.assert_array_equal(carry["total"], X.sum(0))
    assert carry["count"] == 4
    np.testing.assert_array_equal(sums, totals.sum(1))
    np.testing.assert_array_equal(places, np.arange(4))
    np.testing.assert_array_equal(larger, totals > 9)
    assert (places.dtype, larger.dtype) == ("int32", "bool")


def test_a_round_may_give_nothing():
    carry, given = ops.scan(lambda carry, row: (carry + row, None), ops.zeros(3), X)
    assert given is None
    np.testing.assert_array_equal(numbers(carry), X.sum(0))


def test_a_number_of_rounds_is_enough():
    carry, given = ops.scan(lambda carry, _: (carry + 1.0, [carry, 2 * carry]), 0.0, length=3)
    assert numbers(carry) == 3
    np.testing.assert_array_equal(numbers(given), [[0, 1, 2], [0, 2, 4]])


def test_what_is_no_function_is_refused():
    with pytest.raises(TypeError):
        ops.scan(3, ops.zeros(3), X)


class Walk(keras.layers.Layer):
    """Walks by a weight and by noise, and gives the lengths of the ways to it."""

    def build(self, shape):
        self.weight = self.add_weight(shape=shape[1:], initializer="ones")
        self.rounds = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.generator = keras.random.SeedGenerator(1)

    def call(self, inputs):
        def step(place, _):
            self.rounds.assign_add(1.0)
            place = place + self.weight * keras.random.normal((3,), seed=self.generator)
            return place, ops.sum(ops.square(place), axis=-1)

        place, lengths = ops.scan(step, inputs, length=4)
        return place + ops.mean(lengths, axis=0)[:, None]

    def compute_output_shape(self, shape):
        return shape


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_model_that_scans_trains(loop):
    layer = Walk()
    model = keras.Sequential([keras.Input((3,)), layer])
    model.compile(keras.optimizers.SGD(1e-4), "mse")
    losses, _ = train(model, X, X, loop, 4, epochs=2)
    generator = keras.random.SeedGenerator(1)
    noise = [[numbers(keras.random.normal((3,), seed=generator)) for _ in range(4)] for _ in "ab"]
    places = [X + sum(noise[0][: 1 + i]) for i in range(4)]
    given = places[-1] + np.mean([(place**2).sum(-1) for place in places], axis=0)[:, None]
    assert losses[0] == pytest.approx(np.mean((given - X) ** 2), rel=1e-5)
    assert numbers(layer.rounds.value) == 8
    np.testing.assert_array_equal(numbers(layer.generator.state), numbers(generator.state))
    assert not np.any(numbers(layer.weight.value) == 1)
