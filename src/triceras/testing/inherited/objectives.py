"""What a loss is tested for."""

from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.testing.inherited.differences import host, plain
from triceras.testing.inherited.examples import Example
from triceras.testing.inherited.harness import Harness
from triceras.testing.inherited.serialization import check_config

STEPS = 100


class ObjectiveTests:
    """The tests of an example of a loss, a `keras.losses.Loss` or a function.

    Args:
        example: the loss, and `y_true` and `y_pred`.
    """

    def __init__(self, example: Example):
        self.example = example

    def value(self, loss: Any, dtype: str = "float32") -> np.ndarray:
        """The loss of the example."""
        y_true, y_pred = map(ops.convert_to_tensor, self.example.values())
        return host(ops.mean(loss(y_true, ops.cast(y_pred, dtype))))[0]

    def check_build(self) -> None:
        """Checks that it is a finite number for each example, or one for all."""
        y_true, y_pred = map(ops.convert_to_tensor, self.example.values())
        found = host(self.example.make()(y_true, y_pred))[0]
        assert found.shape in ((), y_pred.shape[:1]), (
            f"it is of shape {found.shape}, neither a scalar nor a number for each example"
        )
        assert np.all(np.isfinite(found)), f"it is {found}"

    def check_serialization(self) -> None:
        """Checks that a configuration makes it anew."""
        loss = self.example.make()
        if not isinstance(loss, keras.losses.Loss):
            return
        check_config(loss)
        again = keras.losses.deserialize(keras.losses.serialize(loss))
        assert type(again) is type(loss), f"a {type(again).__name__} was made anew"
        assert plain(again.get_config()) == plain(loss.get_config())
        before, after = (self.value(each) for each in (loss, again))
        assert before == after, f"it is {after} after it was made anew, and {before} before"

    def harness(self) -> Harness:
        loss = self.example.make()
        y_true, y_pred = self.example.values()
        return Harness(lambda values, training: ops.mean(loss(y_true, values[0])), [y_pred])

    def check_gradients(self) -> None:
        """Checks that a gradient reaches what is predicted."""
        (gradient,) = self.harness().gradients().values()
        assert np.all(np.isfinite(gradient)), "the gradient is not finite"
        assert np.any(gradient), "no gradient reaches y_pred"

    def check_mixed_precision(self) -> None:
        """Checks that it is finite where predictions are in half precision."""
        loss = self.example.make()
        half, whole = (float(self.value(loss, dtype)) for dtype in ("bfloat16", "float32"))
        near = abs(half - whole) <= 0.05 * max(abs(whole), 1.0)
        assert near, f"it is {half} in half precision and {whole} in single"

    def check_learning(self) -> None:
        """Checks that a compiled program lowers it."""
        harness = self.harness()
        harness.factors = [np.ones((), "float32")]
        losses = harness.train(STEPS, 1e-2)
        assert losses[-10:].mean() < losses[:10].mean(), (
            f"it was {losses[0]:.5g}, and {losses[-1]:.5g} after {STEPS} steps"
        )

    def evidence(self) -> dict[str, np.ndarray]:
        """What is compared between backends."""
        return {"value": self.value(self.example.make())}
