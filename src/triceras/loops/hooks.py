"""Which hooks of Keras's callbacks do something, and what a loop must then do for them."""

from collections.abc import Iterable, Sequence

import keras

Callback = keras.callbacks.Callback

TRAIN_BATCH = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
TEST_BATCH = ("on_test_batch_begin", "on_test_batch_end")
TEST = ("on_test_begin", "on_test_end", *TEST_BATCH)

# What Keras's own callbacks do after a batch: look at its logs, and leave the model alone.
LOOKING = (
    keras.callbacks.History,
    keras.callbacks.ProgbarLogger,
    keras.callbacks.TerminateOnNaN,
)
# These do something after a batch only where they are told to, by one of these arguments.
TOLD = ("save_freq", "update_freq")


def does(callback: Callback, *hooks: str) -> bool:
    """Whether a callback does something in one of these hooks, by its class or by itself."""
    return any(
        getattr(own, "__func__", own) is not getattr(Callback, hook)
        for hook, own in ((hook, getattr(callback, hook)) for hook in hooks)
    )


def any_does(callbacks: Iterable[Callback], *hooks: str) -> bool:
    """Whether one of these callbacks does something to a model in one of these hooks."""
    return any(does(c, *hooks) for c in callbacks if type(c) not in LOOKING)


def wants_model(callback: Callback, hooks: Sequence[str] = TRAIN_BATCH) -> bool:
    """Whether a callback may read or set the model's variables before or after a batch."""
    if not any_does([callback], *hooks):
        return False
    if type(callback).__module__.startswith("keras."):
        told = [getattr(callback, name) for name in TOLD if hasattr(callback, name)]
        return not told or any(value != "epoch" for value in told)
    return True


def wants_tests(callbacks: Iterable[Callback]) -> bool:
    """Whether one of these callbacks must see every batch of an evaluation."""
    return any(wants_model(callback, TEST_BATCH) for callback in callbacks)


def wants_steps(callback: Callback) -> bool:
    """Whether a callback must see every batch; with `sees_chunks = True` it does without."""
    return wants_model(callback) and not getattr(callback, "sees_chunks", False)
