import numpy as np
import pytest
from keras import ops

from lab.objectives.adversarial import discriminator_loss, generator_loss

REAL = np.array([[2.0], [-1.0], [0.5]], "float32")
FAKE = np.array([[-3.0], [1.0], [0.0]], "float32")


def probability(logits):
    return 1 / (1 + np.exp(-logits.astype("float64")))


def test_the_discriminator_maximises_the_value_of_the_game():
    expected = -np.mean(np.log(probability(REAL))) - np.mean(np.log(1 - probability(FAKE)))
    assert float(discriminator_loss(REAL, FAKE)) == pytest.approx(expected, rel=1e-5)


def test_the_generator_maximises_the_log_probability_of_being_taken_for_real():
    expected = -np.mean(np.log(probability(FAKE)))
    assert float(generator_loss(FAKE)) == pytest.approx(expected, rel=1e-5)


def test_guessing():
    assert float(discriminator_loss(0 * REAL, 0 * FAKE)) == pytest.approx(2 * np.log(2))
    assert float(generator_loss(0 * FAKE)) == pytest.approx(np.log(2))


def test_certainty_is_finite():
    sure = ops.convert_to_tensor(np.array([[1e4]], "float32"))
    assert float(discriminator_loss(sure, -sure)) == 0
    assert float(discriminator_loss(-sure, sure)) == pytest.approx(2e4)
    assert float(generator_loss(-sure)) == pytest.approx(1e4)


def test_half_precision_is_averaged_in_full():
    real, fake = (ops.cast(logits, "bfloat16") for logits in (REAL, FAKE))
    for loss in (discriminator_loss(real, fake), generator_loss(fake)):
        assert loss.dtype in (ops.convert_to_tensor(REAL).dtype, "float32")
