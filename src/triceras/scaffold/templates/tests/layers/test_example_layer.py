import numpy as np
from keras import ops
from keras.src.testing import TestCase

from triceras.scaffold.templates.layers.example_layer import ExampleLayer

X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


class TestExampleLayer(TestCase):
    def test_layer(self):
        self.run_layer_test(
            ExampleLayer,
            init_kwargs={"units": 4},
            input_shape=(2, 5, 3),
            expected_output_shape=(2, 5, 3),
            expected_num_trainable_weights=3,
            expected_num_non_trainable_variables=0,
            expected_num_losses=0,
        )


def test_it_is_the_definition():
    layer = ExampleLayer(4)
    found = ops.convert_to_numpy(layer(X))
    w, b, v = (ops.convert_to_numpy(weight) for weight in layer.weights)
    np.testing.assert_allclose(found, X + np.tanh(X @ w + b) @ v, rtol=1e-5, atol=1e-6)
