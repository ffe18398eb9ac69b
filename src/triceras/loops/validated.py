"""Whether a model is still what was validated last, as the numbers of its tests are to be of it."""

from collections.abc import Sequence
from typing import Any

import keras

from triceras.engines.constants import marks
from triceras.engines.elsewhere import elsewhere
from triceras.engines.state import holds, keep
from triceras.loops.following import is_foreign
from triceras.loops.hooks import any_does


class Validated:
    """What a model was when it was last validated.

    Args:
        model: of the run.
        callbacks: of the run; those that only look at a model let it be copied once.
    """

    def __init__(self, model: keras.Model, callbacks: Sequence[keras.callbacks.Callback]):
        self.model = model
        foreign = [callback for callback in callbacks if is_foreign(callback)]
        self.each = any_does(foreign, "on_test_end", "on_epoch_end")
        self.kept: list[Any] = []
        self.marks: dict[str, Any] = {}

    def note(self) -> None:
        """To be called when it was validated, before what callbacks do at the end of that."""
        if self.each:
            self.copy()

    def end(self) -> None:
        """To be called after the last epoch, before what callbacks do at the end of training."""
        if not self.each:
            self.copy()

    def copy(self) -> None:
        """Copies what the model is now."""
        self.kept, self.marks = keep(self.weights), marks(self.model)

    def holds(self) -> bool:
        """Whether the model is what it was, in its weights and in what callbacks change."""
        same = len(self.weights) == len(self.kept)
        return same and holds(self.weights, self.kept) and marks(self.model) == self.marks

    @property
    def weights(self) -> list[Any]:
        """The model's, and the variables of which none of its layers knows."""
        return [*self.model.weights, *elsewhere(self.model).variables]
