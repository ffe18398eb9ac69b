import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling.mends import install
from triceras.testing.loops import train

X = np.array([[1.0, -2.0, 3.0], [-4.0, 5.0, 0.5]], "float32")
CASES = {
    "where": lambda v: ops.where(v > 0, v, 2.0 * v),
    "where_of_both": lambda v: ops.where(X > 0, v, v),
    "clip": lambda v: ops.clip(ops.convert_to_tensor(X), -1.0, ops.abs(v)),
    "clip_by_it": lambda v: ops.clip(2 * X, v - 1.0, v),
    "outer": lambda v: ops.outer(v, v),
    "amax": lambda v: ops.amax(v, axis=0),
    "any": lambda v: ops.any(v, axis=0),
    "power": lambda v: ops.power(ops.abs(X), v),
    "hstack": lambda v: ops.hstack([v, X]),
    "unstack": lambda v: ops.stack(ops.unstack(v)),
    "scan": lambda v: ops.scan(lambda c, a: (c + a, c * a), v[0], v)[1],
    "while_loop": lambda v: ops.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, 2 * a), (0, v)),
    "top_k": lambda v: ops.top_k(v, 2)[0],
    "zeros_like": lambda v: ops.zeros_like(v),
    "vectorized_map": lambda v: ops.vectorized_map(lambda a: ops.sum(a * a), v),
    "real": lambda v: ops.real(v),
    "linspace": lambda v: ops.linspace(v, 2.0 * v, 3),
    "resize": lambda v: ops.image.resize(ops.reshape(v, (2, 3, 1)), (4, 6)),
    "map_coordinates": lambda v: ops.image.map_coordinates(v, np.array([[0.5], [1.0]], "f"), 1),
}

# What PyTorch refused, some of it alone; all else JAX did.
OF_TORCH = ("unstack", "vectorized_map", "real")


@pytest.fixture(autouse=True)
def installed():
    install()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.in_turn("torch" if name in OF_TORCH else "jax"))
        for name in CASES
    ],
)
def test_a_variable_is_taken_as_its_value_is(name):
    expected = keras.tree.flatten(CASES[name](ops.convert_to_tensor(X)))
    found = keras.tree.flatten(CASES[name](keras.Variable(X)))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(ops.convert_to_numpy(a), ops.convert_to_numpy(b))


class Gated(keras.layers.Layer):
    """Hands its weight on as it is."""

    def build(self, input_shape):
        self.gate = self.add_weight(shape=input_shape[1:], initializer="ones")

    def call(self, x):
        return ops.where(x > 0, self.gate, ops.zeros_like(self.gate)) * x


@pytest.mark.in_turn("jax")
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_a_weight_in_an_operation_is_trained(loop):
    model = keras.Sequential([keras.Input((3,)), Gated()])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x = np.tile(X, (4, 1))
    losses, _ = train(model, x, 3 * np.maximum(x, 0), loop, epochs=8)
    # Of a sum of squares in each weight alone.
    np.testing.assert_allclose(losses[0], np.mean((2 * np.maximum(x, 0)) ** 2), rtol=1e-6)
    assert losses[-1] < 0.2 * losses[0]
