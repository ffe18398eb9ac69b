import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.encoder import Encoder


class TestEncoder(TestCase):
    @pytest.mark.slow_on("tensorflow")
    def test_layer(self):
        self.run_layer_test(
            Encoder,
            init_kwargs={"latent_dim": 3, "hidden_units": (6, 5), "activation": "tanh"},
            input_shape=(2, 8),
            expected_output_shape=((2, 3), (2, 3)),
            expected_num_trainable_weights=8,
            expected_num_seed_generators=0,
        )


def test_it_is_the_network_that_it_says():
    # Few relu units may all be off.
    encoder = Encoder(2, (5,), "tanh")
    x = ops.ones((3, 4))
    mean, log_variance = encoder(x)
    kernels = encoder.get_weights()
    hidden = ops.tanh(ops.matmul(x, kernels[0]) + kernels[1])
    expected_mean = ops.matmul(hidden, kernels[2]) + kernels[3]
    expected_log_variance = ops.matmul(hidden, kernels[4]) + kernels[5]
    for found, expected in ((mean, expected_mean), (log_variance, expected_log_variance)):
        assert ops.max(ops.abs(found - expected)) < 1e-5
    assert ops.max(ops.abs(mean - log_variance)) > 1e-3
