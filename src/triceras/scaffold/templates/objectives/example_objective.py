"""The focal loss: what is classified well already counts less."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="triceras.scaffold.templates")
class ExampleObjective(keras.losses.Loss):
    """The mean over the batch of `-(1 - p) ** gamma * log(p)`, p the probability of the label.

    `y_true` are labels `(batch,)` or `(batch, 1)`, `y_pred` logits `(batch, classes)`.

    Args:
        gamma: 0 is the cross-entropy.

    Reference:
        [Lin et al., 2017](https://arxiv.org/abs/1708.02002), section 3.2.
    """

    def __init__(self, gamma: float = 2.0, name: str = "example_objective", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.gamma = gamma

    def call(self, y_true: Any, y_pred: Any) -> Any:
        labels = ops.reshape(ops.cast(y_true, "int32"), (-1,))
        cross_entropy = ops.sparse_categorical_crossentropy(labels, y_pred, from_logits=True)
        return (1.0 - ops.exp(-cross_entropy)) ** self.gamma * cross_entropy

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "gamma": self.gamma}
