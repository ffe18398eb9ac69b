import keras
import numpy as np
import pytest

from triceras.modelling import assignments

pytestmark = pytest.mark.keras_internals  # it replaces private parts of Keras


class Counting(keras.layers.Layer):
    """Counts its calls, beyond what half precision can count."""

    def build(self, input_shape):
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False)
        self.least = self.add_weight(shape=(), initializer="ones", trainable=False)

    def call(self, inputs):
        self.calls.assign(self.calls + 1)
        self.least.assign(0.5 * self.least)
        return inputs


def test_what_a_layer_assigns_in_half_precision_is_kept():
    assignments.install()
    assignments.install()
    layer = Counting(dtype="mixed_bfloat16")
    for _ in range(4):
        layer(np.ones((2, 3), "float32"))
    found = [float(keras.ops.convert_to_numpy(v)) for v in (layer.calls, layer.least)]
    assert found == [4.0, 0.0625]
    assert keras.backend.standardize_dtype(layer.calls.dtype) == "float32"


def test_shapes_alone_change_nothing():
    assignments.install()
    layer = Counting(dtype="mixed_bfloat16")
    layer.build((2, 3))
    layer.compute_output_spec(keras.KerasTensor((2, 3)))
    assert float(keras.ops.convert_to_numpy(layer.calls)) == 0.0
