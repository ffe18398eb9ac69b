import numpy as np
import pytest
from keras import ops
from keras.src.testing import TestCase

from lab.layers.kl_divergence import KLDivergence
from triceras.errors import UserError


class TestKLDivergence(TestCase):
    @pytest.mark.slow_on("jax")
    def test_layer(self):
        self.run_layer_test(
            KLDivergence,
            init_kwargs={"reduction": "mean", "weight": 0.5},
            input_shape=((3, 4), (3, 4)),
            expected_output_shape=((3, 4), (3, 4)),
            expected_num_trainable_weights=0,
            expected_num_losses=2,
        )


MEAN = np.array([[1.0, 2.0], [0.0, 0.0], [0.0, 1.0]], "float32")
LOG_VARIANCE = np.log(np.array([[1.0, 4.0], [1.0, 1.0], [0.5, 1.0]], "float32"))
# 0.5 (m^2 + v - log v - 1) of each coordinate.
COORDINATES = 0.5 * (MEAN**2 + np.exp(LOG_VARIANCE) - LOG_VARIANCE - 1)


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [("sum", COORDINATES.sum(axis=1).mean()), ("mean", COORDINATES.mean())],
)
@pytest.mark.parametrize("weight", [1.0, 0.0, 4.0])
def test_the_losses_are_the_divergence_and_its_weight(reduction, expected, weight):
    layer = KLDivergence(reduction, weight)
    mean, log_variance = layer((MEAN, LOG_VARIANCE))
    losses = [float(ops.convert_to_numpy(loss)) for loss in layer.losses]
    assert losses[0] == pytest.approx(expected, rel=1e-6)
    assert sum(losses) == pytest.approx(weight * expected, rel=1e-6, abs=1e-6)
    assert np.array_equal(ops.convert_to_numpy(mean), MEAN)
    assert np.array_equal(ops.convert_to_numpy(log_variance), LOG_VARIANCE)


def test_half_precision_does_not_overflow():
    layer = KLDivergence(dtype="mixed_float16")
    layer((ops.zeros((2, 3), "float16"), ops.full((2, 3), 12.0, "float16")))
    expected = 3 * 0.5 * (np.exp(12.0) - 12.0 - 1.0)
    assert float(layer.losses[0]) == pytest.approx(expected, rel=1e-4)


def test_another_reduction_is_an_error():
    with pytest.raises(UserError, match="reduction must be sum or mean, not 'max'"):
        KLDivergence("max")
