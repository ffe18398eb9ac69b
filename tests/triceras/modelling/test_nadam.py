import keras
import numpy as np
import pytest

from triceras.modelling import nadam
from triceras.testing.loops import train

RATE, BETA_1 = 0.4, 0.9


@pytest.mark.slow_on("torch")
@pytest.mark.in_turn("torch")
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_the_first_squares_are_divided_by_what_they_were_added_up_with(loop):
    nadam.install()
    nadam.install()
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(keras.optimizers.Nadam(RATE, BETA_1, 0.999), "mse")
    losses, _ = train(model, np.ones((8, 1), "f"), np.zeros((8, 1), "f"), loop, batch_size=4)
    # The gradient is divided by its own size, whatever that and `beta_2` are.
    now, following = (BETA_1 * (1 - 0.5 * 0.96**step) for step in (1, 2))
    ahead = following * (1 - BETA_1) / (1 - now * following) + (1 - now) / (1 - now)
    np.testing.assert_allclose(losses, [1.0, (1 - RATE * ahead) ** 2], rtol=2e-6)
