import numpy as np
import pytest
from keras import ops

from triceras.engines import input_gradients
from triceras.modelling import gradients_at_0

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras

AT = np.array([-2.5, -1, 0, 1, 2.5], "float32")


@pytest.fixture(autouse=True)
def mended():
    gradients_at_0.install()
    gradients_at_0.install()


def gradient(function, x=AT):
    return ops.convert_to_numpy(input_gradients(function, x))


def values(function, *x):
    return ops.convert_to_numpy(function(*x))


@pytest.mark.in_turn("jax", "tensorflow")
def test_a_power_of_one_number_is_taken_as_it_is(backend):
    if backend == "torch":
        pytest.skip("its powers are as they should be")
    number = ops.convert_to_tensor(0.9)
    power = gradients_at_0.flat_where_1(lambda x1, x2: (x1, x2))
    assert power(number, ops.convert_to_tensor(3.0))[0] is number
    assert power(ops.convert_to_tensor([0.9]), number)[0] is not number


def test_a_power_of_0_has_no_slope():
    np.testing.assert_array_equal(gradient(lambda x: ops.power(x, 0)), np.zeros(5))
    exponents = ops.convert_to_tensor(np.array([0, 0, 0, 2, 3], "float32"))
    found = gradient(lambda x: ops.power(x, exponents))
    np.testing.assert_allclose(found, [0, 0, 0, 2, 3 * 2.5**2], rtol=1e-6)
    np.testing.assert_array_equal(values(ops.power, AT, 0), np.ones(5))
    np.testing.assert_array_equal(values(ops.power, AT, 2), AT**2)
    np.testing.assert_array_equal(values(ops.power, np.array([0, 2], "int32"), 3), [0, 8])


def test_sinc_is_flat_at_its_top():
    np.testing.assert_allclose(values(ops.sinc, AT), np.sinc(AT), atol=1e-7)
    slope = np.cos(np.pi * AT) / np.where(AT, AT, 1) - np.sinc(AT) / np.where(AT, AT, 1)
    np.testing.assert_allclose(gradient(ops.sinc), np.where(AT, slope, 0), atol=1e-5)


def test_fmod_has_a_slope_at_0():
    by = np.full(5, -1.7, "float32")
    np.testing.assert_allclose(values(ops.fmod, AT, by), np.fmod(AT, by), rtol=1e-6)
    found = gradient(lambda x: ops.fmod(x, ops.convert_to_tensor(by)))
    np.testing.assert_array_equal(found, np.ones(5))


@pytest.mark.slow_on("jax")
@pytest.mark.in_turn
def test_hypot_shares_its_gradient():
    other = np.array([2.5, 3, 0, -1, 0], "float32")
    np.testing.assert_allclose(values(ops.hypot, AT, other), np.hypot(AT, other), rtol=1e-6)
    found = gradient(lambda x: ops.hypot(x, ops.convert_to_tensor(other)))
    wanted = AT / np.where(AT, np.hypot(AT, other), 1)
    np.testing.assert_allclose(found, wanted, rtol=1e-6)
    large = np.array([3e30, np.inf], "float32")
    np.testing.assert_allclose(values(ops.hypot, large, large), [3e30 * 2**0.5, np.inf], rtol=1e-6)
    assert values(ops.hypot, np.array([3], "int32"), np.array([4], "int32")) == 5
