"""Keras's schedule-free Adam, made to remember what it says it does.

Reference:
    [Defazio et al., 2024](https://arxiv.org/abs/2405.15682)
"""

from typing import Any

import keras
from keras import ops

ScheduleFreeAdamW = keras.optimizers.ScheduleFreeAdamW


def install() -> None:
    """Mends Keras's optimizer, for all models of this process. Calling it again changes nothing.

    It keeps a variable's `value` to compute with after the variable has moved, which is the new
    value by then on TensorFlow, and in `fit` on PyTorch: averages of other points, another curve.
    """
    ScheduleFreeAdamW.update_step = update_step


def update_step(self: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    """What takes the place of `ScheduleFreeAdamW.update_step`.

    In the words of the paper, `z` is where gradient steps lead, `x` the average of those places,
    and the weights are `y`, between the two.
    """
    dtype = variable.dtype
    rate, gradient, step, beta_1, beta_2, epsilon = (
        ops.cast(value, dtype)
        for value in (
            learning_rate,
            gradient,
            self.iterations + 1,
            self.beta_1,
            self.beta_2,
            self.epsilon,
        )
    )
    if self.warmup_steps > 0:
        rate = rate * ops.minimum(step / ops.cast(self.warmup_steps, dtype), 1.0)
    index = self._get_variable_index(variable)
    z, velocity = self._momentums[index], self._velocities[index]
    x = (ops.copy(variable) - (1 - beta_1) * ops.copy(z)) / beta_1
    self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - beta_2))
    scale = ops.sqrt(velocity / (1 - ops.power(beta_2, step))) + epsilon
    self.assign_sub(z, rate * gradient / scale)
    x = (1 - 1 / step) * x + 1 / step * ops.copy(z)
    self.assign(variable, (1 - beta_1) * ops.copy(z) + beta_1 * x)
