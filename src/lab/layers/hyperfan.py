"""An initialisation that gives generated weights the variance which their network wants."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops


@keras.saving.register_keras_serializable(package="lab")
class HyperfanIn(keras.initializers.Initializer):
    """Initialises the kernel of a `WeightGenerator` by what it generates.

    For features of second moment 1, a generated kernel of `fan_in` inputs gets the variance
    `gain / fan_in`, as He's initialisation would have given it. Generated vectors (biases, scales)
    do not depend on the features at first.

    Args:
        shapes: shapes of the generated weights, in order.
        gain: 2 for a target with ReLU, 1 for a linear or tanh one.
        seed: integer, or `None` to take one from `keras.utils.set_random_seed`.
        still: places of weights of more axes that do not depend on the features at first either,
            as the scales of a normalisation of several axes.

    Reference:
        [Chang, Flokas and Lipson, 2020](https://openreview.net/forum?id=H1lma24tPB), hyperfan-in,
        with the share of the variance that is the biases' given to the kernels.
    """

    def __init__(
        self,
        shapes: Sequence[Sequence[int]],
        gain: float = 2.0,
        seed: int | None = None,
        still: Sequence[int] = (),
    ):
        self.shapes = [tuple(shape) for shape in shapes]
        self.gain = gain
        self.seed = seed
        self.still = list(still)
        self.normal = keras.initializers.VarianceScaling(
            1.0, "fan_in", "untruncated_normal", seed=seed
        )

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        deviations = np.concatenate(
            [
                np.full(math.prod(weight), 0.0 if i in self.still else self.deviation(weight))
                for i, weight in enumerate(self.shapes)
            ]
        )
        draws = self.normal(shape, dtype)
        return draws * ops.cast(deviations, draws.dtype)

    def deviation(self, weight: tuple[int, ...]) -> float:
        """The standard deviation of each number of a generated weight of this shape."""
        return math.sqrt(self.gain / math.prod(weight[:-1])) if len(weight) > 1 else 0.0

    def get_config(self) -> dict[str, Any]:
        settings = {"shapes": self.shapes, "gain": self.gain, "seed": self.seed}
        return {**settings, "still": self.still}
