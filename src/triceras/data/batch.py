"""What a model sees of a batch: augmented inputs, and the targets that its loss wants."""

import dataclasses
from collections.abc import Callable
from typing import Any

import keras

from triceras.errors import UserError

TARGETS = ("inputs", "labels")


@dataclasses.dataclass(frozen=True)
class BatchPreparation:
    """Turns rows of a data set into `(inputs, targets)`; the same on the host and on a device.

    Args:
        targets: `inputs` for models that reconstruct what they see, `labels` for classifiers.
        augment: `(x, key, ops) -> x`, applied to training batches only, or `None`.

    Raises:
        UserError: `targets` is not one of these.
    """

    targets: str
    augment: Callable[[Any, Any, Any], Any] | None = None

    def __post_init__(self):
        if self.targets not in TARGETS:
            raise UserError(
                f"model.targets={self.targets!r} is unknown: use model.targets=inputs (the model "
                "reconstructs its input) or model.targets=labels (the model predicts the label)"
            )

    def for_training(self, x: Any, y: Any, key: Any, ops: Any = keras.ops) -> tuple[Any, Any]:
        """Prepares a training batch; `key` (int32, `(2,)`) is this step's random key."""
        if self.augment is not None:
            x = self.augment(x, key, ops)
        return self.for_testing(x, y)

    def for_testing(self, x: Any, y: Any) -> tuple[Any, Any]:
        """Prepares a validation or test batch, which is never augmented."""
        return x, (x if self.targets == "inputs" else y)
