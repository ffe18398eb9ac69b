import keras
import numpy as np
import pytest
from keras import ops

from triceras.errors import UserError
from triceras.modelling import carried_variables, mapped_draws
from triceras.random.install import install
from triceras.testing.loops import train

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


@pytest.fixture(autouse=True)
def mended():
    install()
    carried_variables.install()
    mapped_draws.install()
    mapped_draws.install()


def numbers(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
@pytest.mark.parametrize("nested", [False, True])
def test_each_row_of_a_map_draws_anew(nested):
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]

    def noisy(row):
        row = row["x"] if nested else row
        return 2.0 * row + keras.random.normal((3,), seed=generators[0])

    rows = ops.convert_to_tensor(X[:4])
    for _ in range(2):
        found = ops.map(noisy, {"x": rows} if nested else rows)
        noise = [numbers(keras.random.normal((3,), seed=generators[1])) for _ in range(4)]
        np.testing.assert_allclose(numbers(found), 2 * X[:4] + np.stack(noise), rtol=1e-5)
    np.testing.assert_array_equal(*(numbers(generator.state) for generator in generators))


def test_each_row_of_a_map_may_assign():
    count = keras.Variable(np.zeros((), "float32"), trainable=False)

    def counted(row):
        count.assign_add(1.0)
        return row * count

    found = ops.map(counted, ops.ones((4, 2)))
    np.testing.assert_array_equal(numbers(found)[:, 0], [1, 2, 3, 4])
    assert float(numbers(count)) == 4.0


def test_a_map_may_give_other_shapes_and_types():
    found = ops.map(lambda row: (ops.sum(row), ops.cast(row > 0, "int32")), X)
    np.testing.assert_allclose(numbers(found[0]), X.sum(1), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(numbers(found[1]), X > 0)


@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.in_turn
def test_rows_that_are_mapped_at_once_draw_the_same():
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]

    def noisy(row):
        return 2.0 * row + keras.random.normal((3,), seed=generators[0])

    for _ in range(2):
        found = ops.vectorized_map(noisy, ops.convert_to_tensor(X))
        noise = numbers(keras.random.normal((3,), seed=generators[1]))
        np.testing.assert_allclose(numbers(found), 2 * X + noise, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(*(numbers(generator.state) for generator in generators))


def test_rows_that_are_mapped_at_once_do_not_assign():
    total = keras.Variable(np.zeros((), "float32"), trainable=False, name="total")

    def added(row):
        total.assign_add(ops.sum(row))
        return row

    with pytest.raises(UserError, match=r"total is assigned in a function of ops\.vectorized_map"):
        ops.vectorized_map(added, ops.convert_to_tensor(X))
    assert float(numbers(total)) == 0.0


@pytest.mark.in_turn
@pytest.mark.parametrize("branch", [0, 1, 2])
def test_the_branch_that_is_taken_draws(branch):
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]

    def drawing(times):
        def draw(x):
            for _ in range(times):
                x = x + keras.random.normal((3,), seed=generators[0])
            return x

        return draw

    index = ops.convert_to_tensor(branch)
    found = ops.switch(index, [drawing(times) for times in range(3)], ops.zeros((3,)))
    wanted = np.zeros(3, "float32")
    for _ in range(branch):
        wanted = wanted + numbers(keras.random.normal((3,), seed=generators[1]))
    np.testing.assert_allclose(numbers(found), wanted, rtol=1e-5)
    np.testing.assert_array_equal(*(numbers(generator.state) for generator in generators))


class NoisyRows(keras.layers.Layer):
    """Adds noise that is drawn for each row, and some that all rows share."""

    def build(self, input_shape):
        self.generator = keras.random.SeedGenerator(1)

    def call(self, inputs):
        def alone(row):
            return row + keras.random.normal((1,), seed=self.generator)

        return ops.vectorized_map(alone, ops.map(alone, inputs))

    def compute_output_shape(self, input_shape):
        return input_shape


@pytest.mark.slow
@pytest.mark.in_turn
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_model_that_maps_trains(loop):
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), dense, NoisyRows()])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    losses, _ = train(model, X, Y, loop, 8)
    generator, noise = keras.random.SeedGenerator(1), []
    for _ in range(2):
        drawn = [numbers(keras.random.normal((1,), seed=generator)) for _ in range(9)]
        noise.append(np.mean((np.concatenate(drawn[:8]) + drawn[8]) ** 2))
    np.testing.assert_allclose(losses, noise, rtol=1e-4)
