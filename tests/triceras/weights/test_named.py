import keras
import pytest

from triceras.testing.backbone import build_classifier
from triceras.weights.named import named_weights

pytestmark = pytest.mark.once


class Own(keras.Model):
    def build(self, input_shape):
        self.scale = self.add_weight(shape=(), name="scale")
        self.inner = keras.layers.Dense(2, name="inner")
        self.inner.build(input_shape)
        self.drop = keras.layers.Dropout(0.5)


def test_weights_are_called_by_layers_by_path_and_by_number():
    found = named_weights(build_classifier())
    assert len(found) == 10
    assert found[0].names == ("backbone/first/kernel", "backbone/first/kernel", "backbone/first/0")
    assert found[0].layer == "backbone/first"
    assert found[5].names[::2] == ("backbone/norm/moving_variance", "backbone/norm/3")


def test_weights_of_the_model_itself_belong_to_no_layer_and_counters_are_none():
    model = Own(name="own")
    model.build((None, 3))
    found = {weight.name: weight for weight in named_weights(model)}
    assert set(found) == {"scale", "inner/kernel", "inner/bias"}
    assert found["scale"].layer == ""
    assert found["scale"].names[2] == "0"
