"""What hand-written code is told of an optimizer."""

import keras
import pytest

from triceras.benchmark.adam import settings_of
from triceras.benchmark.natives import epsilons
from triceras.config import compose
from triceras.errors import UserError
from triceras.testing.small import CONF


def test_adam_and_adamw():
    told = settings_of(keras.optimizers.Adam(0.5, beta_1=0.25))
    assert (told["learning_rate"], told["beta_1"], told["weight_decay"]) == (0.5, 0.25, 0.0)
    assert told["decay_steps"] is None
    assert settings_of(keras.optimizers.AdamW(0.5, weight_decay=0.25))["weight_decay"] == 0.25


def test_half_a_cosine():
    schedule = keras.optimizers.schedules.CosineDecay(0.5, 100, alpha=0.1)
    told = settings_of(keras.optimizers.Adam(schedule))
    assert [told[name] for name in ("learning_rate", "decay_steps", "alpha")] == [0.5, 100, 0.1]


@pytest.mark.parametrize(
    ("optimizer", "message"),
    [
        (keras.optimizers.SGD, "has Adam and AdamW, not SGD: use optimizer=adam"),
        (
            lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(1, 2, 0.5)),
            "has no ExponentialDecay of a learning rate: use a number",
        ),
    ],
)
def test_others_are_refused(optimizer, message):
    with pytest.raises(UserError, match=message):
        settings_of(optimizer())


@pytest.mark.slow
@pytest.mark.once
def test_an_epsilon_for_each_optimizer(monkeypatch):
    monkeypatch.setenv("TRICERAS_CONF", str(CONF))
    one = compose(["experiment=linear"], "benchmark")
    assert epsilons(one, 0.5) == ["optimizer.epsilon=0.5"]
    # The other one, SGD, has none.
    several = compose(["experiment=adversaries"], "benchmark")
    assert epsilons(several, 0.5) == ["optimizer.discriminator.epsilon=0.5"]
