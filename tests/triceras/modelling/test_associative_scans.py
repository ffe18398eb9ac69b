import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import associative_scans
from triceras.testing.loops import run_loop

X = np.random.default_rng(0).normal(size=(16, 5, 3)).astype("float32")


@pytest.fixture(autouse=True)
def mended():
    associative_scans.install()
    associative_scans.install()


def recurrence(first, second):
    """Of `state = decay * state + given`, two steps as one."""
    return first[0] * second[0], first[1] * second[0] + second[1]


def states(decay, given, axis):
    """The same, one step after the other."""
    decay, given = (np.moveaxis(each, axis, 0) for each in (decay, given))
    state, found = np.zeros_like(given[0]), []
    for each in zip(decay, given, strict=True):
        state = each[0] * state + each[1]
        found.append(state)
    return np.moveaxis(np.stack(found), 0, axis)


@pytest.mark.in_turn
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("count", [1, 2, 3, 8, 13])
def test_it_is_what_one_step_after_the_other_gives(count, axis, reverse):
    shape = [2, 3, 4]
    shape[axis] = count
    generator = np.random.default_rng(1)
    decay = generator.uniform(0.5, 1.0, shape).astype("float32")
    given = generator.normal(size=shape).astype("float32")
    found = ops.associative_scan(recurrence, (decay, given), reverse=reverse, axis=axis)[1]
    turned = [np.flip(each, axis) if reverse else each for each in (decay, given)]
    wanted = states(*turned, axis)
    wanted = np.flip(wanted, axis) if reverse else wanted
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.in_turn
def test_an_axis_is_that_of_the_first_array():
    pair = np.arange(64.0).reshape(4, 4, 4), np.arange(16.0).reshape(4, 4)
    found = ops.associative_scan(
        lambda a, b: (a[0] + b[0], a[1] + b[1]), tuple(map(ops.convert_to_tensor, pair)), axis=-2
    )
    for array, scanned in zip(pair, found, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(scanned), array.cumsum(1))


@pytest.mark.in_turn
@pytest.mark.parametrize(("count", "asked"), [(2, 1), (4, 3), (5, 3), (8, 5)])
def test_it_is_asked_about_rows_alone(count, asked):
    times = keras.Variable(np.zeros((), "int32"), trainable=False)

    def added(first, second):
        times.assign(times + 1)
        return first + second

    ops.associative_scan(added, ops.ones((count, 2)))
    assert int(ops.convert_to_numpy(times)) == asked


@pytest.mark.in_turn
@pytest.mark.parametrize("dtype", ["int32", "float16", "float32"])
def test_the_type_stays(dtype):
    found = ops.associative_scan(lambda a, b: a + b, ops.arange(7, dtype=dtype))
    assert keras.backend.standardize_dtype(found.dtype) == dtype
    np.testing.assert_array_equal(ops.convert_to_numpy(found), np.cumsum(np.arange(7)))


def test_what_is_no_scan_is_refused():
    with pytest.raises(ValueError, match="must have the same"):
        ops.associative_scan(lambda a, b: a, (ops.ones((3, 2)), ops.ones((4, 2))))


class Recurrence(keras.layers.Layer):
    """A linear recurrence with a decay that is learned, all steps at once."""

    def build(self, input_shape):
        self.decay = self.add_weight((input_shape[-1],), "ones", name="decay")

    def call(self, inputs):
        decay = 0.5 * self.decay + ops.zeros_like(inputs)
        return ops.associative_scan(recurrence, (decay, inputs), axis=1)[1]


@pytest.mark.in_turn
@pytest.mark.slow_on("jax", "tensorflow")
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_model_with_a_scan_trains(loop):
    inputs = keras.Input((5, 3))
    outputs = keras.layers.GlobalAveragePooling1D()(Recurrence()(inputs))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.5), "mse")
    losses = run_loop(model, X, np.zeros((16, 3), "float32"), loop, 16, epochs=3).losses
    decay, wanted = np.full(3, 1.0), []
    for _ in range(3):
        loss, slope = loss_and_slope(decay, X.astype(float))
        wanted.append(loss)
        decay -= 0.5 * slope
    np.testing.assert_allclose(losses, wanted, rtol=1e-5)


def loss_and_slope(weight, x):
    """The loss of a batch and its derivative by the weight, by differences."""

    def loss(weight):
        found = states(0.5 * weight + 0 * x, x, 1).mean(1)
        return (found**2).mean()

    steps = 1e-5 * np.eye(3)
    slope = [(loss(weight + step) - loss(weight - step)) / 2e-5 for step in steps]
    return loss(weight), np.array(slope)
