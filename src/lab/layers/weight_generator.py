"""The last layer of a hypernetwork: features in, the weights of another network out."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from lab.layers.hyperfan import HyperfanIn


@keras.saving.register_keras_serializable(package="lab")
class WeightGenerator(keras.layers.Layer):
    """Maps features `(batch, features)` to a tuple of weights, each `(batch, *shape)`.

    Args:
        shapes: shapes of the weights, in order; how many numbers that makes is derived.
        activation: applied to the generated weights.
        kernel_initializer: `"hyperfan_in"` or any Keras initializer; the bias begins at 0.
        gain: see `HyperfanIn`.
        seed: seed of `HyperfanIn`.

    Raises:
        ValueError: features are of another shape.
    """

    def __init__(
        self,
        shapes: Sequence[Sequence[int]],
        activation: Any = None,
        kernel_initializer: Any = "hyperfan_in",
        gain: float = 2.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.shapes = [tuple(shape) for shape in shapes]
        self.activation = keras.activations.get(activation)
        self.gain = gain
        self.seed = seed
        if kernel_initializer == "hyperfan_in":
            kernel_initializer = HyperfanIn(self.shapes, gain, seed)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    @property
    def weight_count(self) -> int:
        """How many numbers are generated for one example."""
        return sum(math.prod(shape) for shape in self.shapes)

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2:
            raise ValueError(
                f"{self.name} takes features of shape (batch, features), and was given "
                f"{tuple(input_shape)}: flatten them first"
            )
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.weight_count),
            initializer=self.kernel_initializer,
            name="kernel",
        )
        self.bias = self.add_weight(shape=(self.weight_count,), initializer="zeros", name="bias")

    def call(self, features: Any) -> tuple[Any, ...]:
        flat = self.activation(ops.matmul(features, self.kernel) + self.bias)
        parts = divided(flat, [math.prod(shape) for shape in self.shapes])
        return tuple(
            ops.reshape(part, (-1, *shape)) for part, shape in zip(parts, self.shapes, strict=True)
        )

    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        return tuple((input_shape[0], *shape) for shape in self.shapes)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "shapes": self.shapes,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "gain": self.gain,
            "seed": self.seed,
        }


def divided(flat: Any, sizes: Sequence[int]) -> list[Any]:
    """Cuts the second axis of `(batch, sum(sizes))` into parts of these sizes."""
    ends = list(itertools.accumulate(sizes))
    if keras.backend.backend() == "torch":
        # Keras's split for PyTorch reads the sizes from a tensor, which cannot be traced.
        return [flat[:, end - size : end] for end, size in zip(ends, sizes, strict=True)]
    # The gradient of a slice is a whole row of zeros but for its own part.
    return ops.split(flat, ends[:-1], axis=1)
