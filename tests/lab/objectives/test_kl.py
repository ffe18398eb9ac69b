import numpy as np
import pytest
from keras import ops

from lab.objectives.kl import kl_divergence


def test_the_standard_normal_is_at_distance_zero():
    assert not np.any(ops.convert_to_numpy(kl_divergence(ops.zeros((2, 3)), ops.zeros((2, 3)))))


@pytest.mark.parametrize(("mean", "deviation"), [(1.5, 1.0), (0.0, 0.3), (-2.0, 3.0)])
def test_it_is_the_integral(mean, deviation):
    x = np.linspace(mean - 12 * deviation, mean + 12 * deviation, 200_001)
    q = np.exp(-0.5 * ((x - mean) / deviation) ** 2) / (deviation * np.sqrt(2 * np.pi))
    log_ratio = -0.5 * ((x - mean) / deviation) ** 2 - np.log(deviation) + 0.5 * x**2
    expected = np.sum(q * log_ratio) * (x[1] - x[0])
    log_variance = np.float32(2 * np.log(deviation))
    found = ops.convert_to_numpy(kl_divergence(np.float32(mean), log_variance))
    assert found == pytest.approx(expected, rel=1e-5)
