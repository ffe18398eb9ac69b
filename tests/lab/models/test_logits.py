import keras
import pytest

from lab.models.logits import takes_logits
from lab.objectives.bernoulli import BernoulliNegativeLogLikelihood


class Silent(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return y_pred


BINARY = keras.losses.BinaryCrossentropy


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (BINARY(from_logits=True), True),
        (BINARY(), False),
        ("binary_crossentropy", False),
        (keras.losses.MeanSquaredError(), False),
        (BernoulliNegativeLogLikelihood(), True),
        (Silent(), None),
        (lambda y_true, y_pred: y_pred, None),
        ({"a": BINARY(), "b": "mse"}, False),
        ([BINARY(), BINARY(from_logits=True)], None),
    ],
)
def test_a_loss_reads_log_odds_or_not_or_does_not_say(loss, expected):
    assert takes_logits(loss) is expected
