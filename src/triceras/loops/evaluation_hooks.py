"""The hooks of an evaluation by Keras, in which callbacks may change what is put back after it."""

from collections.abc import Callable, Sequence
from typing import Any

import keras

from triceras.engines.state import Kept, keep, restore
from triceras.engines.taken_back import tell_of_taken_back
from triceras.loops.hooks import TEST_BATCH, wants_tests


class EvaluationHooks(keras.callbacks.CallbackList):
    """Passes the hooks of an evaluation on: what they change stays.

    Args:
        callbacks: a list of callbacks.
        kept: what is put back after the evaluation.
        hidden: a metric that callbacks of a run do not see.
        evaluated: called when all is evaluated, before callbacks see the end of it.
    """

    def __init__(
        self,
        callbacks: keras.callbacks.CallbackList,
        kept: Kept,
        hidden: str,
        evaluated: Callable[[], None],
    ):
        super().__init__()
        self.list = callbacks
        self.kept = kept
        self.hidden = hidden
        self.evaluated = evaluated

    def call(self, name: str, *arguments: Any, but: Sequence[keras.Variable] = ()) -> None:
        """Calls a hook with the Keras variables up to date; see `Kept.letting_change`."""
        if name in TEST_BATCH and not wants_tests(self.list.callbacks):
            return
        if hasattr(self.list.model, "jax_state_sync"):
            self.list.model.jax_state_sync()
        with self.kept.letting_change(but):
            getattr(self.list, name)(*arguments)

    def shown(self, logs: Any) -> Any:
        """What callbacks see of the results."""
        return {name: value for name, value in logs.items() if name != self.hidden}

    def on_test_begin(self, logs: Any = None) -> None:
        self.call("on_test_begin", logs)

    def on_test_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.call("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.call("on_test_batch_end", batch, self.shown(logs))

    def on_test_end(self, logs: Any = None) -> None:
        if hasattr(self.list.model, "jax_state_sync"):
            self.list.model.jax_state_sync()
        # A model is kept as it was before, as is one that nobody looks at in its tests. Callbacks
        # see its metrics as they came out.
        tell_of_taken_back(self.list.model, self.kept)
        metrics = self.list.model.metrics_variables
        tested = keep(metrics)
        self.kept.restore()
        self.evaluated()
        restore(tested)
        # Those of training, which the end of the epoch shows, are others.
        self.call("on_test_end", self.shown(logs), but=metrics)
