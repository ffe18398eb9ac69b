"""Keras's assignments on PyTorch, made to reach the variable where layers compute in bfloat16."""

from typing import Any

import keras
from keras.src import backend


def install() -> None:
    """Mends Keras's variables, for all models of this process. Calling it again changes nothing.

    Within a layer that computes in another type than its variables have, Keras on PyTorch assigns
    to a copy in that type, which nobody has: what a layer remembers of its inputs, as the state of
    a recurrent one, stayed what it was.
    """
    kind: Any = backend.Variable
    if keras.backend.backend() == "torch" and kind._direct_assign is not assign:
        kind._direct_assign = assign


def assign(variable: Any, value: Any) -> None:
    """Gives a variable a value in place."""
    held: Any = variable._value
    shown: Any = variable.value
    # Where shapes alone are computed, what is shown has no numbers, and nor has the value.
    is_copy = held is not None and shown.dtype != held.dtype and shown.device == held.device
    torch: Any = backend.math.torch  # pyright: ignore[reportAttributeAccessIssue]
    target: Any = held if is_copy else shown
    with torch.no_grad():
        target.copy_(value)
