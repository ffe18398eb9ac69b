"""Keras's Nadam, made to round `1 - beta_2` the same on every backend.

Reference:
    [Dozat, 2016](https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ)
"""

from typing import Any

import keras

Nadam = keras.optimizers.Nadam


def install() -> None:
    """Mends Keras's optimizer, for all models of this process. Calling it again changes nothing.

    In `fit` on PyTorch Keras takes 0.001 for `1 - beta_2` where it adds up squares, and the
    difference of 32-bit numbers, 1.3e-5 less, where it divides by it: the first steps are 6e-6 too
    small. Here it takes the steps of the other backends.
    """
    if keras.backend.backend() == "torch":
        of_framework: Any = type(Nadam())
        of_framework._backend_update_step = Nadam._backend_update_step
