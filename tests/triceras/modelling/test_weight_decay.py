import keras
import numpy as np
from keras import ops

from triceras.modelling import weight_decay

RATE, DECAY, STEPS = 2e-3, 1.0, 20


def test_many_steps_take_from_weights_what_they_should():
    weight_decay.install()
    weight_decay.install()
    weights = np.random.default_rng(0).uniform(1, 2, 1000).astype("float32")
    variable = keras.Variable(weights)
    optimizer = keras.optimizers.SGD(RATE, weight_decay=DECAY)
    for _ in range(STEPS):
        optimizer.apply([ops.zeros(1000)], [variable])
    left = (1 - np.float64(np.float32(RATE)) * DECAY) ** STEPS
    ratio = ops.convert_to_numpy(variable).astype("float64") / (weights * left)
    # Of many weights, rounding cancels. A factor in 32 bits would leave 5e-7.
    assert abs(np.mean(ratio) - 1) < 5e-8
