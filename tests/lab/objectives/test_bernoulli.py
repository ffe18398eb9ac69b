import keras
import numpy as np
import pytest
from keras import ops

from lab.objectives.bernoulli import (
    BernoulliNegativeLogLikelihood,
    bernoulli_negative_log_likelihood,
)

TARGETS = np.array([[1.0, 0.0, 0.25], [0.0, 1.0, 1.0]], "float32")
LOGITS = np.array([[2.0, -1.0, 0.5], [3.0, -2.0, 0.0]], "float32")
P = 1 / (1 + np.exp(-LOGITS.astype("float64")))
EXPECTED = -(TARGETS * np.log(P) + (1 - TARGETS) * np.log(1 - P)).sum(axis=1)


def test_it_is_the_definition():
    found = ops.convert_to_numpy(bernoulli_negative_log_likelihood(TARGETS, LOGITS))
    np.testing.assert_allclose(found, EXPECTED, rtol=1e-6)


def test_all_axes_but_the_first_are_summed():
    images = [a.reshape(2, 3, 1, 1) for a in (TARGETS, LOGITS)]
    found = ops.convert_to_numpy(bernoulli_negative_log_likelihood(*images))
    np.testing.assert_allclose(found, EXPECTED, rtol=1e-6)


@pytest.mark.parametrize(
    ("target", "logit", "expected"), [(1, 500, 0), (0, 500, 500), (1, -500, 500)]
)
def test_sure_logits_do_not_overflow(target, logit, expected):
    pair = (np.array([[a]], "float32") for a in (target, logit))
    assert ops.convert_to_numpy(bernoulli_negative_log_likelihood(*pair))[0] == expected


def test_the_loss_is_the_mean_over_the_batch():
    loss = ops.convert_to_numpy(BernoulliNegativeLogLikelihood()(TARGETS, LOGITS))
    assert loss == pytest.approx(EXPECTED.mean(), rel=1e-6)


def test_half_precision_is_summed_in_full():
    logits = np.full((2, 5000), 20.0, "float16")
    loss = BernoulliNegativeLogLikelihood()(np.zeros((2, 5000), "float32"), logits)
    assert ops.convert_to_numpy(loss) == pytest.approx(100_000, rel=1e-3)


def test_it_is_restored_from_its_configuration():
    loss = BernoulliNegativeLogLikelihood(reduction="sum", name="bits")
    restored = keras.losses.deserialize(keras.losses.serialize(loss))
    assert isinstance(restored, BernoulliNegativeLogLikelihood)
    assert (restored.reduction, restored.name) == ("sum", "bits")
