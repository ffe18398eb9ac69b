import keras
import numpy as np
import pytest
from keras import ops
from scipy.stats import norm

from lab.objectives.gaussian import GaussianNegativeLogLikelihood, gaussian_negative_log_likelihood
from triceras.errors import UserError

TARGETS = np.array([[1.0, 0.0, 0.25], [0.0, 1.0, 1.0]], "float32")
MEANS = np.array([[0.9, -0.1, 0.5], [0.3, 0.8, 1.1]], "float32")
EXPECTED = -norm.logpdf(TARGETS, MEANS, 0.2).sum(axis=1)


@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1, 1)])
def test_it_is_the_definition(shape):
    pair = (a.reshape(shape) for a in (TARGETS, MEANS))
    found = ops.convert_to_numpy(gaussian_negative_log_likelihood(*pair, 0.2))
    np.testing.assert_allclose(found, EXPECTED, rtol=1e-5)


def test_the_loss_is_the_mean_over_the_batch():
    loss = ops.convert_to_numpy(GaussianNegativeLogLikelihood(0.2)(TARGETS, MEANS))
    assert loss == pytest.approx(EXPECTED.mean(), rel=1e-5)


def test_it_is_restored_from_its_configuration():
    loss = GaussianNegativeLogLikelihood(0.3, reduction="sum", name="nats")
    restored = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(restored, GaussianNegativeLogLikelihood)
    assert (restored.scale, restored.reduction, restored.name) == (0.3, "sum", "nats")


@pytest.mark.parametrize("scale", [0, -1.0, float("inf"), float("nan")])
def test_a_scale_is_above_0(scale):
    with pytest.raises(UserError, match=r"model\.loss\.scale=.* is no standard deviation"):
        GaussianNegativeLogLikelihood(scale)
