import keras
import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import kinks

AT = np.array([-2, -1, -1e-8, 0, 1e-8, 1, 2], "float32")


@pytest.fixture(autouse=True)
def mended():
    kinks.install()
    kinks.install()


def gradient(function, x=AT):
    return ops.convert_to_numpy(input_gradients(function, np.asarray(x, "float32")))


# By the backend that had another.
AT_0 = {
    "jax": [
        *((ops.abs, 0), (ops.absolute, 0), (ops.fabs, 0), (keras.regularizers.L1(1.0), 0)),
        *((ops.leaky_relu, 0.2), (keras.layers.LeakyReLU(0.3), 0.3)),
        (keras.layers.ReLU(negative_slope=0.1), 0.1),
    ],
    "tensorflow": [
        *((ops.celu, 1), (lambda x: ops.celu(x, 0.5), 1), (ops.selu, 1.6732632 * 1.050701)),
        *((lambda x: ops.maximum(x, 0.0), 0.5), (lambda x: ops.minimum(0.0, x), 0.5)),
    ],
    "torch": [(ops.hard_tanh, 1), (ops.elu, 1), (ops.relu, 0)],
}


@pytest.mark.parametrize(
    ("function", "at_0"),
    [
        pytest.param(*case, marks=pytest.mark.in_turn(backend))
        for backend, cases in AT_0.items()
        for case in cases
    ],
)
def test_the_gradient_at_0_is_one_number(function, at_0):
    found = gradient(lambda x: ops.reshape(function(x), (-1,)), [0, -0.0])
    np.testing.assert_allclose(found, [at_0, at_0], rtol=1e-6)


def test_values_and_other_gradients_are_as_by_hand():
    up = np.maximum(AT, 0)
    down = np.expm1(np.minimum(AT.astype("float64"), 0))
    for function, wanted in (
        (ops.selu, 1.0507009873554805 * (up + 1.6732632423543772 * down)),
        (ops.celu, up + down),
        (lambda x: ops.celu(x, 2.0), up + 2 * np.expm1(np.minimum(AT / 2.0, 0))),
        (ops.abs, np.abs(AT)),
        (ops.leaky_relu, np.where(AT > 0, AT, 0.2 * AT)),
        (ops.hard_tanh, np.clip(AT, -1, 1)),
        (lambda x: ops.clip(x, -0.5, 1.5), np.clip(AT, -0.5, 1.5)),
        (lambda x: ops.maximum(x, 1.0), np.maximum(AT, 1)),
    ):
        found = ops.convert_to_numpy(function(AT))
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-15)
    away = np.array([-200, -2, 0.5, 300], "float32")
    wanted = 1.050701 * np.where(away > 0, 1, 1.6732632 * np.exp(np.minimum(away, 0)))
    np.testing.assert_allclose(gradient(ops.selu, away), wanted, rtol=1e-5)


def test_clipping_has_a_gradient_at_its_borders():
    np.testing.assert_array_equal(gradient(lambda x: ops.clip(x, -1, 1)), [0, 1, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(gradient(ops.hard_tanh), [0, 1, 1, 1, 1, 1, 0])
    np.testing.assert_array_equal(gradient(ops.sparse_sigmoid), [0, 0, 0.5, 0.5, 0.5, 0, 0])
    found = ops.convert_to_numpy(ops.sparse_sigmoid(AT))
    np.testing.assert_allclose(found, np.clip((AT + 1) / 2, 0, 1), rtol=1e-6)


def test_of_two_that_are_equal_each_has_half():
    other = ops.convert_to_tensor(np.array([-3, -1, 0, 0, 0, 2, 2], "float32"))
    for function in (ops.maximum, keras.layers.Maximum()):
        both = (lambda a, b, f=function: f([a, b])) if function is not ops.maximum else function
        found = gradient(lambda x, both=both: both(x, other))
        np.testing.assert_array_equal(found, [1, 0.5, 0, 0.5, 1, 0, 0.5])


def test_the_largest_numbers_and_none_are_kept():
    x = np.array([np.inf, -np.inf, 3e38, np.nan], "float32")
    for function in (ops.maximum, ops.minimum):
        np.testing.assert_array_equal(ops.convert_to_numpy(function(x, x)), x)
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.clip(x, -1, 1)), [1, -1, 1, np.nan])


def test_whole_numbers_are_as_they_were():
    x = np.array([-3, 0, 3], "int32")
    for function, wanted in (
        (ops.abs, [3, 0, 3]),
        (lambda x: ops.clip(x, -1, 2), [-1, 0, 2]),
        (lambda x: ops.maximum(x, 1), [1, 1, 3]),
    ):
        found = ops.convert_to_numpy(function(x))
        assert found.dtype == "int32"
        np.testing.assert_array_equal(found, wanted)
