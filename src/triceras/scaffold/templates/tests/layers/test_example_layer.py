import numpy as np
import pytest
from keras import ops

from triceras.scaffold.templates.layers.example_layer import ExampleLayer


@pytest.mark.parametrize("shape", [(5, 3), (2, 5, 3)])
def test_it_is_the_definition(shape):
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    layer = ExampleLayer(4)
    found = ops.convert_to_numpy(layer(x))
    w, b, v = (ops.convert_to_numpy(weight) for weight in layer.weights)
    np.testing.assert_allclose(found, x + np.tanh(x @ w + b) @ v, rtol=1e-5, atol=1e-6)
