"""Adam's averages, which must not drift with the number of steps."""

import keras
import numpy as np
import pytest
from keras import ops

from triceras.modelling import adam

STEPS, WEIGHTS = 400, 300


@pytest.mark.in_turn("torch")
@pytest.mark.parametrize(
    ("kind", "amsgrad"), [(keras.optimizers.Adam, True), (keras.optimizers.AdamW, False)]
)
@pytest.mark.slow_on("tensorflow", "torch")
def test_averages_are_those_of_exact_numbers(kind, amsgrad):
    adam.install()
    adam.install()
    random = np.random.default_rng(0)
    first = random.uniform(1, 2, WEIGHTS).astype("float32")
    variable = keras.Variable(np.zeros(WEIGHTS, "float32"))
    optimizer = kind(1e-3, amsgrad=amsgrad)
    optimizer.build([variable])
    optimizer._velocities[0].assign(first)
    exact = first.astype("float64")
    for _ in range(STEPS):
        gradient = random.uniform(0, 1.5, WEIGHTS).astype("float32")
        optimizer.apply([ops.convert_to_tensor(gradient)], [variable])
        exact += 1e-3 * (gradient.astype("float64") ** 2 - exact)
    found = ops.convert_to_numpy(optimizer._velocities[0])
    # Of many weights, rounding cancels. Two factors that add up to more than 1 leave 4.6e-6.
    assert abs(np.mean(found / exact) - 1) < 3e-7


def test_steps_are_adam_s():
    adam.install()
    variable = keras.Variable(np.ones(3, "float32"))
    optimizer = keras.optimizers.Adam(0.1, amsgrad=True)
    weights, m, v, largest = np.ones(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for step, gradient in enumerate(np.array([[1.0, -2, 3], [0.1, 0.2, 0], [0.5, -1, -1]]), 1):
        optimizer.apply([ops.convert_to_tensor(gradient, "float32")], [variable])
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        largest = np.maximum(largest, v)
        rate = 0.1 * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weights = weights - rate * m / (np.sqrt(largest) + 1e-7)
    np.testing.assert_allclose(ops.convert_to_numpy(variable), weights, rtol=2e-5)
