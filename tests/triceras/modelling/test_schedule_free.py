import keras
import numpy as np
import pytest

from triceras.modelling import schedule_free
from triceras.testing.loops import train

RATE, BETA_1, BETA_2, EPSILON = 0.1, 0.6, 0.9, 1e-8


@pytest.fixture(autouse=True)
def mended():
    theirs = keras.optimizers.ScheduleFreeAdamW.update_step
    schedule_free.install()
    yield
    keras.optimizers.ScheduleFreeAdamW.update_step = theirs


def by_the_paper(steps):
    """The losses `y^2` of a weight that begins at 1."""
    z = x = 1.0
    velocity = 0.0
    losses = []
    for step in range(1, steps + 1):
        y = (1 - BETA_1) * z + BETA_1 * x
        losses.append(y**2)
        gradient = 2 * y
        velocity = BETA_2 * velocity + (1 - BETA_2) * gradient**2
        z -= RATE * gradient / (np.sqrt(velocity / (1 - BETA_2**step)) + EPSILON)
        x = (1 - 1 / step) * x + z / step
    return losses


@pytest.mark.slow_on("tensorflow", "torch")
@pytest.mark.parametrize("loop", ["custom", "fit"])
def test_the_average_is_of_where_the_gradient_led_before(loop):
    dense = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
    model = keras.Sequential([keras.Input((1,)), dense])
    optimizer = keras.optimizers.ScheduleFreeAdamW(RATE, BETA_1, BETA_2, EPSILON)
    model.compile(optimizer, "mse")
    losses, _ = train(model, np.ones((8, 1), "f"), np.zeros((8, 1), "f"), loop, batch_size=2)
    np.testing.assert_allclose(losses, by_the_paper(4), rtol=1e-5)
