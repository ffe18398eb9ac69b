import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.decoder import Decoder


class TestDecoder(TestCase):
    @pytest.mark.slow_on("jax", "tensorflow")
    def test_layer(self):
        self.run_layer_test(
            Decoder,
            init_kwargs={"original_dim": 7, "hidden_units": (6, 5), "activation": "tanh"},
            input_shape=(2, 3),
            expected_output_shape=(2, 7),
            expected_num_trainable_weights=6,
        )


def test_grey_values_are_the_sigmoid_of_the_logits():
    grey, logits = Decoder(7), Decoder(7, output_activation=None)
    z = ops.reshape(ops.arange(6, dtype="float32"), (2, 3))
    grey.build((None, 3))
    logits.build((None, 3))
    logits.set_weights(grey.get_weights())
    assert ops.max(ops.abs(grey(z) - ops.sigmoid(logits(z)))) < 1e-6
    assert ops.max(ops.abs(logits(z))) > 0.1
