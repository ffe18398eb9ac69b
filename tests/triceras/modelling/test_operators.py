import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import operators

pytestmark = pytest.mark.keras_internals  # it replaces operators of TensorFlow

WHOLE, FRACTIONS = np.arange(1, 4, dtype="int32"), np.array([0.5, 1.5, 1.0], "float32")


@pytest.fixture(autouse=True)
def mended():
    operators.install()
    operators.install()


EXPRESSIONS = {
    "a number beside whole ones": lambda n, x: (n + 0.5) / 3,
    "whole numbers beside a number": lambda n, x: 1.5 - n,
    "a quotient of whole numbers": lambda n, x: 1 / n + n / 3 + n / n,
    "a quotient times fractions": lambda n, x: (n / 3) * x,
    "fractions beside whole numbers": lambda n, x: x * n + n * x + x / n + n**0.5,
    "a mask": lambda n, x: (n > 1) * x + x * (n > 2) + (n > 1) * 0.5,
    "a comparison": lambda n, x: (n < 1.5) | (x == n) | (x != n),
    "whole numbers alone": lambda n, x: n * 2 - n // 2 + n**2 + 2 * (n > 1),
}


@pytest.mark.in_turn("tensorflow")
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_two_types_are_computed_in_that_of_keras(name):
    n, x = map(ops.convert_to_tensor, (WHOLE, FRACTIONS))
    found, wanted = EXPRESSIONS[name](n, x), EXPRESSIONS[name](WHOLE, FRACTIONS)
    kind = "float32" if wanted.dtype.kind == "f" else str(wanted.dtype)
    assert keras.backend.standardize_dtype(found.dtype) in (kind, kind.replace("int64", "int32"))
    np.testing.assert_allclose(ops.convert_to_numpy(found), wanted, rtol=1e-6)


@pytest.mark.in_turn("tensorflow")
def test_a_layer_computes_places_of_its_own():
    class Places(keras.layers.Layer):
        def call(self, x):
            count = x.shape[-1]
            return x + (ops.arange(count) + 0.5) / count

    inputs = keras.Input((4,))
    model = keras.Model(inputs, Places()(inputs))
    found = ops.convert_to_numpy(model(np.zeros((1, 4), "float32")))
    np.testing.assert_allclose(found[0], [0.125, 0.375, 0.625, 0.875])


@pytest.mark.in_turn("tensorflow")
def test_an_array_of_fractions_is_not_cut():
    found = ops.convert_to_tensor(WHOLE) + FRACTIONS
    np.testing.assert_array_equal(ops.convert_to_numpy(found), WHOLE + FRACTIONS)


@pytest.mark.in_turn("tensorflow")
def test_what_is_no_number_is_left_to_the_framework():
    assert (ops.convert_to_tensor(WHOLE) == None) is False  # noqa: E711
