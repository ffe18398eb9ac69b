"""Models that are exported, and what the files of them have to compute."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

ROWS = [np.linspace(-1, 1, 3 * n, dtype="float32").reshape(n, 3) for n in (1, 5)]


class Doubling(keras.Model):
    """Something else for one example than for several, decided by Python."""

    def build(self, shape: Any) -> None:
        pass

    def call(self, inputs: Any) -> Any:
        return inputs * (2.0 if inputs.shape[0] == 1 else 1.0)


def of_two_types() -> keras.Model:
    """A model of two inputs by name, of two types, and two outputs."""
    rows = {"b": keras.Input((2,), dtype="int32", name="b"), "a": keras.Input((2,), name="a")}
    outputs = {"sum": rows["a"] + keras.ops.cast(rows["b"], "float32"), "a": rows["a"] * 2.0}
    return keras.Model(rows, outputs)


def check_two_types(program: Callable[[Any], Any]) -> None:
    """Checks what a file of `of_two_types` makes of numbers of other types."""
    found = program({"a": np.full((3, 2), 0.5), "b": np.ones((3, 2), "uint8")})
    np.testing.assert_array_equal(found["sum"], np.full((3, 2), 1.5))
    np.testing.assert_array_equal(found["a"], np.ones((3, 2)))
