"""A model that trains what it calls a layer or a loss with, so that gradients of both are seen."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from triceras.data.batch import BatchPreparation
from triceras.engines import Engine, engine_class
from triceras.engines.chunk import Chunk

Arrays = Sequence[np.ndarray]


def few_programs() -> bool:
    """Whether to compile what runs once: eagerly, JAX compiles each operation by itself."""
    return keras.backend.backend() == "jax"


class Harness(keras.Model):
    """Minimises a fixed sum of all outputs of a function, weighted at random.

    Args:
        function: of a list of tensors and of `training`; returns any structure of tensors.
        values: the list; those of real numbers are trained.
        layer: what the function calls, where it has weights of its own.
    """

    def __init__(
        self, function: Callable[[list[Any], bool], Any], values: Arrays, layer: Any = None
    ):
        super().__init__(name="harness")
        self.function = function
        self.layer = layer
        self.points = [
            self.add_weight(
                shape=value.shape,
                dtype=value.dtype.name,
                trainable=value.dtype.kind == "f",
                initializer="zeros",
                autocast=False,
                name=f"argument_{i}",
            )
            for i, value in enumerate(values)
        ]
        for point, value in zip(self.points, values, strict=True):
            point.assign(value)
        self.built = True
        self.factors: list[Any] = []
        outputs = keras.tree.flatten(function(self.arguments(), False))
        generator = np.random.default_rng(1)
        self.factors = [generator.normal(size=o.shape).astype("float32") for o in outputs]

    def arguments(self) -> list[Any]:
        return [ops.convert_to_tensor(point) for point in self.points]

    def call(self, inputs: Any, training: bool = False) -> Any:
        outputs = keras.tree.flatten(self.function(self.arguments(), training))
        terms = [
            ops.sum(ops.cast(output, "float32") * ops.convert_to_tensor(factor))
            for output, factor in zip(outputs, self.factors, strict=True)
            if keras.backend.is_float_dtype(output.dtype)
        ]
        return ops.reshape(sum(terms), (1, 1))

    def engine(self, learning_rate: float, steps: int) -> Engine:
        """An engine that minimises it."""
        self.compile(keras.optimizers.Adam(learning_rate), lambda y_true, y_pred: ops.mean(y_pred))
        engine = engine_class()(
            self,
            BatchPreparation("x", "y"),
            compile=steps > 1 or few_programs(),
            steps_per_call=steps,
        )
        engine.try_first_batch(ROW)
        engine.load_state()
        return engine

    def gradients(self) -> dict[str, np.ndarray]:
        """The gradient of the sum by each trained variable."""
        engine = self.engine(1e-3, 1)
        (found,) = engine.gradients(ROW, np.zeros(2, "int32")).values()
        return {v.path: a for v, a in zip(self.trainable_variables, found, strict=True)}

    def train(self, steps: int, learning_rate: float) -> np.ndarray:
        """The sum in each step of a compiled program."""
        engine = self.engine(learning_rate, steps)
        chunk = Chunk(np.zeros((steps, 1), "int32"), np.zeros((steps, 2), "int32"))
        losses, _ = engine.train_steps(engine.put(ROW), chunk)
        engine.save_state()
        return losses["loss"]


ROW = {"x": np.zeros((1, 1), "float32"), "y": np.zeros((1, 1), "float32")}
