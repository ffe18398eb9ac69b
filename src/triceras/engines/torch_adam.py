"""The step of Adam on PyTorch, for all weights at once."""

from collections.abc import Sequence
from typing import Any

import torch
from keras import ops

# Its types do not tell of what works on whole lists.
on_lists: Any = torch


def step(self: Any, grads: Sequence[Any], variables: Sequence[Any], learning_rate: Any) -> None:
    """Takes the place of Keras's `_parallel_update_step`, in the arithmetic of other backends.

    Reference:
        [Kingma and Ba, 2014](https://arxiv.org/abs/1412.6980), the last formula of section 2;
        [Reddi et al., 2018](https://openreview.net/forum?id=ryQu7f-RZ) for `amsgrad`
    """
    weights = [v.value for v in variables]
    dtype = weights[0].dtype
    now = ops.cast(self.iterations + 1, dtype)
    first_power, second_power = (
        ops.power(ops.cast(beta, dtype), now) for beta in (self.beta_1, self.beta_2)
    )
    alpha = ops.cast(learning_rate, dtype) * ops.sqrt(1 - second_power) / (1 - first_power)

    def of_weights(slots: Sequence[Any]) -> list[Any]:
        return [slots[self._get_variable_index(v)].value for v in variables]

    momentums, velocities = of_weights(self._momentums), of_weights(self._velocities)
    on_lists._foreach_lerp_(momentums, grads, 1 - self.beta_1)
    on_lists._foreach_lerp_(velocities, on_lists._foreach_mul(grads, grads), 1 - self.beta_2)
    if self.amsgrad:
        largest = of_weights(self._velocity_hats)
        on_lists._foreach_maximum_(largest, velocities)
        velocities = largest
    denominators = on_lists._foreach_sqrt(velocities)
    on_lists._foreach_add_(denominators, self.epsilon)
    increments = on_lists._foreach_mul(momentums, alpha)
    on_lists._foreach_div_(increments, denominators)
    on_lists._foreach_sub_(weights, increments)
