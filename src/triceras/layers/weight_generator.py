"""The last layer of a hypernetwork: features in, the weights of another network out."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="triceras")
class HyperfanIn(keras.initializers.Initializer):
    """Gives each *generated* weight the variance that the target network wants.

    For features of second moment 1, a generated kernel of `fan_in` inputs gets the variance
    `gain / fan_in`, as He's initialisation would have given it; generated vectors (biases, scales)
    do not depend on the features at first.

    Args:
        shapes: shapes of the generated weights, in order.
        gain: 2 for a target with ReLU, 1 for a linear or tanh one.
        seed: integer or `keras.random.SeedGenerator`, or `None`.

    Reference:
        [Chang, Flokas and Lipson, 2020](https://openreview.net/forum?id=H1lma24tPB), equation 5,
        with the biases' share of the variance set to 0.
    """

    def __init__(self, shapes: Sequence[Sequence[int]], gain: float = 2.0, seed: Any = None):
        self.shapes = [tuple(shape) for shape in shapes]
        self.gain = gain
        self.seed = keras.random.SeedGenerator() if seed is None else seed

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        features, _ = shape
        deviation = [
            np.full(
                math.prod(weight),
                math.sqrt(self.gain / (math.prod(weight[:-1]) * features))
                if len(weight) > 1
                else 0.0,
            )
            for weight in self.shapes
        ]
        draws = keras.random.normal(shape, dtype=dtype, seed=self.seed)
        return draws * ops.convert_to_tensor(np.concatenate(deviation).astype("float32"))

    def get_config(self) -> dict[str, Any]:
        seed = self.seed if isinstance(self.seed, int) else None
        return {"shapes": self.shapes, "gain": self.gain, "seed": seed}


@keras.saving.register_keras_serializable(package="triceras")
class WeightGenerator(keras.layers.Layer):
    """Maps features `(batch, features)` to a list of weights, each `(batch, *shape)`.

    Args:
        shapes: shapes of the weights, in order; how many numbers that makes is derived.
        activation: applied to the generated weights.
        kernel_initializer: `"hyperfan_in"` or any Keras initializer.
        gain: see `HyperfanIn`.
        seed: seed of `HyperfanIn`.
    """

    def __init__(
        self,
        shapes: Sequence[Sequence[int]],
        activation: str | None = None,
        kernel_initializer: str = "hyperfan_in",
        gain: float = 2.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.shapes = [tuple(shape) for shape in shapes]
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = kernel_initializer
        self.gain = gain
        self.seed = seed

    @property
    def weight_count(self) -> int:
        """How many numbers are generated for one example."""
        return sum(math.prod(shape) for shape in self.shapes)

    def build(self, input_shape: Any) -> None:
        initializer = self.kernel_initializer
        if initializer == "hyperfan_in":
            initializer = HyperfanIn(self.shapes, self.gain, self.seed)
        self.kernel = self.add_weight(
            shape=(input_shape[-1], self.weight_count), initializer=initializer, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.weight_count,), initializer="zeros", name="bias")

    def call(self, features: Any) -> list[Any]:
        flat = self.activation(ops.matmul(features, self.kernel) + self.bias)
        weights, start = [], 0
        for shape in self.shapes:
            stop = start + math.prod(shape)
            weights.append(ops.reshape(flat[:, start:stop], (-1, *shape)))
            start = stop
        return weights

    def compute_output_shape(self, input_shape: Any) -> list[Any]:
        return [(input_shape[0], *shape) for shape in self.shapes]

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "shapes": self.shapes,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": self.kernel_initializer,
            "gain": self.gain,
            "seed": self.seed,
        }
