import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import assignments, carried_variables
from triceras.random.install import install
from triceras.testing.loops import train

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(1, keepdims=True)


@pytest.fixture(autouse=True)
def mended():
    install()
    assignments.install()
    carried_variables.install()
    carried_variables.install()


def sampled(x, generator):
    """What three rounds of a sampler make of a tensor, one after the other."""
    for _ in range(3):
        x = 0.5 * x + keras.random.normal((2,), seed=generator)
    return x


def by_fori_loop(x, generator):
    def body(_, x):
        return 0.5 * x + keras.random.normal((2,), seed=generator)

    return ops.fori_loop(0, 3, body, x)


def by_scan(x, generator):
    def body(x, _):
        x = 0.5 * x + keras.random.normal((2,), seed=generator)
        return x, x

    return ops.scan(body, x, ops.arange(3))[0]


def by_while_loop(x, generator):
    def body(i, x):
        return i + 1, 0.5 * x + keras.random.normal((2,), seed=generator)

    return ops.while_loop(lambda i, _: i < 3, body, (0, x))[1]


def by_nested_loops(x, generator):
    def outer(i, x):
        def inner(_, x):
            return 0.5 * x + keras.random.normal((2,), seed=generator)

        return ops.fori_loop(0, 3, inner, x)

    return ops.fori_loop(0, 1, outer, x)


@pytest.mark.in_turn("jax")
@pytest.mark.parametrize("loop", [by_fori_loop, by_scan, by_while_loop, by_nested_loops])
def test_each_round_draws_anew(loop):
    x = ops.ones((2,))
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]
    found, wanted = loop(x, generators[0]), sampled(x, generators[1])
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (found, wanted)), rtol=1e-5)
    states = [ops.convert_to_numpy(generator.state) for generator in generators]
    np.testing.assert_array_equal(*states)


def test_a_function_that_is_called_again_draws_anew():
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]

    def body(_, x):
        return 0.5 * x + keras.random.normal((2,), seed=generators[0])

    found = wanted = ops.ones((2,))
    for _ in range(2):
        found, wanted = ops.fori_loop(0, 3, body, found), sampled(wanted, generators[1])
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (found, wanted)), rtol=1e-5)


def test_a_loop_ends_by_what_it_assigns():
    value = keras.Variable(np.zeros((), "float32"), trainable=False)

    def body(x):
        value.assign_add(1.0)
        return x + 2.0

    x = ops.while_loop(lambda _: value < 3.0, body, ops.zeros(()), maximum_iterations=10)
    assert [float(ops.convert_to_numpy(each)) for each in (x, value)] == [6.0, 3.0]


@pytest.mark.parametrize("draws", [False, True])
def test_a_condition_draws_and_assigns(draws):
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]
    asked = keras.Variable(np.zeros((), "float32"), trainable=False)

    def noise(generator):
        return keras.random.normal((2,), seed=generator) if draws else ops.ones((2,))

    def goes_on(_):
        asked.assign_add(1.0)
        return keras.random.uniform((), seed=generators[0]) < 0.8

    found = ops.while_loop(goes_on, lambda x: x + noise(generators[0]), ops.ones((2,)), 20)
    wanted, rounds = ops.ones((2,)), 1
    while float(ops.convert_to_numpy(keras.random.uniform((), seed=generators[1]))) < 0.8:
        wanted, rounds = wanted + noise(generators[1]), rounds + 1
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (found, wanted)), rtol=1e-5)
    assert 1 < rounds == float(ops.convert_to_numpy(asked)) < 20


class Counter(keras.layers.Layer):
    """Counts the rounds of a loop, and makes a number of the first of two branches."""

    def build(self, input_shape):
        self.rounds = self.add_weight((), "zeros", trainable=False, name="rounds")
        self.large = self.add_weight((), "zeros", trainable=False, name="large")

    def call(self, inputs):
        def body(_, x):
            self.rounds.assign_add(1.0)
            return x

        def branch():
            self.large.assign(16777215.0)

        x = ops.fori_loop(0, 3, body, inputs)
        ops.cond(ops.sum(x) > 0, branch, lambda: None)
        return x


def test_what_is_assigned_has_the_type_of_its_variable():
    layer = Counter(dtype="mixed_bfloat16")
    for x in (1.0, -1.0):
        layer(x * np.ones((1, 2), "float32"))
        assert float(ops.convert_to_numpy(layer.large)) == 16777215.0
    assert float(ops.convert_to_numpy(layer.rounds)) == 6.0


@pytest.mark.parametrize("draws", [False, True])
def test_a_scan_of_a_length_has_no_rows(draws):
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]

    def body(x, _):
        x = 0.5 * x + (keras.random.normal((2,), seed=generators[0]) if draws else 1.0)
        return x, x

    found = ops.scan(body, ops.ones((2,)), None, 3)[0]
    wanted = sampled(ops.ones((2,)), generators[1]) if draws else 1.875 * ops.ones((2,))
    np.testing.assert_allclose(*map(ops.convert_to_numpy, (found, wanted)), rtol=1e-5)


@pytest.mark.in_turn("jax")
def test_a_scan_of_no_rows_draws_nothing():
    if keras.backend.backend() != "jax":
        pytest.skip("Keras has none there")
    generators = [keras.random.SeedGenerator(3) for _ in range(2)]

    def body(x, row):
        return x + row * keras.random.normal((2,), seed=generators[0]), x

    found, _ = ops.scan(body, ops.ones((2,)), ops.ones((0, 2)))
    np.testing.assert_array_equal(ops.convert_to_numpy(found), [1.0, 1.0])
    states = [ops.convert_to_numpy(generator.state) for generator in generators]
    np.testing.assert_array_equal(*states)


@pytest.mark.in_turn("jax")
def test_a_branch_assigns():
    total = keras.Variable(np.zeros((), "float32"), trainable=False)
    if keras.backend.backend() == "tensorflow":
        pytest.skip("TensorFlow carries them itself")
    for value in (2.0, -3.0):
        number = ops.convert_to_tensor(value)
        ops.cond(
            number > 0,
            lambda number=number: total.assign_add(number),
            lambda: total.assign_sub(ops.ones(())),
        )
    assert float(ops.convert_to_numpy(total)) == 1.0


class Sampler(keras.layers.Layer):
    """Adds noise of several rounds, and counts them."""

    def build(self, input_shape):
        self.generator = keras.random.SeedGenerator(1)
        self.rounds = self.add_weight((), "zeros", trainable=False, name="rounds")

    def call(self, inputs):
        def body(_, x):
            self.rounds.assign_add(1.0)
            return x + 0.1 * self.rounds * keras.random.normal((8, 1), seed=self.generator)

        return ops.fori_loop(0, 3, body, inputs)

    def compute_output_shape(self, input_shape):
        return input_shape


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn("jax")
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_model_with_a_sampler_trains(loop):
    keras.utils.set_random_seed(0)
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((3,)), dense, Sampler()])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    losses, _ = train(model, X, Y, loop, 8)
    generator, noise = keras.random.SeedGenerator(1), []
    for step in range(2):
        each = [
            0.1 * (3 * step + k) * keras.random.normal((8, 1), seed=generator) for k in (1, 2, 3)
        ]
        noise.append(np.mean(ops.convert_to_numpy(sum(each)) ** 2))
    np.testing.assert_allclose(losses, noise, rtol=1e-4)
    assert float(ops.convert_to_numpy(model.layers[-1].rounds)) == 6.0


class Zoneout(keras.layers.SimpleRNNCell):
    """A cell that leaves a part of its state as it was, drawn anew at each step."""

    def build(self, input_shape):
        super().build(input_shape)
        self.generator = keras.random.SeedGenerator(2)

    def call(self, sequence, states, training=False):
        _, (state,) = super().call(sequence, states, training=training)
        kept = ops.cast(keras.random.uniform((8, 2), seed=self.generator) < 0.5, "float32")
        state = kept * states[0] + (1 - kept) * state
        return state, [state]


@pytest.mark.in_turn("jax")
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.slow_on("jax", "tensorflow")
def test_a_cell_draws_at_each_step_of_a_sequence(masked):
    layer = keras.layers.RNN(Zoneout(2, kernel_initializer="ones"), return_sequences=True)
    x = np.random.default_rng(0).normal(size=(8, 3, 1)).astype("float32")
    mask = np.array([[True, True, not masked]] * 8)
    found = ops.convert_to_numpy(layer(x, mask=mask if masked else None))
    cell, generator = layer.cell, keras.random.SeedGenerator(2)
    kernels = [ops.convert_to_numpy(v) for v in (cell.kernel, cell.recurrent_kernel)]
    generator.next()  # of a step that is taken for the shape of its output
    state, wanted = np.zeros((8, 2), "float32"), []
    for step in range(3):
        after = np.tanh(x[:, step] @ kernels[0] + state @ kernels[1])
        uniform = ops.convert_to_numpy(keras.random.uniform((8, 2), seed=generator))
        if mask[0, step]:
            state = np.where(uniform < 0.5, state, after)
        wanted.append(state)
    np.testing.assert_allclose(found, np.stack(wanted, 1), rtol=1e-5, atol=1e-6)
    states = [ops.convert_to_numpy(one.state) for one in (cell.generator, generator)]
    np.testing.assert_array_equal(*states)
