"""A line of the table: a small model, and the data that it is trained on."""

import dataclasses
import inspect
import math
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import keras
import numpy as np
from keras import ops

ROWS = 80
BATCH_SIZE = 8
EPOCHS = 2
FEATURES = 6
RATE = 0.05


@dataclasses.dataclass(frozen=True)
class Case:
    """A model to be trained.

    Args:
        build: makes it, compiled.
        inputs: `(generator) -> array`, what it is trained on, `ROWS` examples.
    """

    build: Callable[[], keras.Model]
    inputs: Callable[[np.random.Generator], np.ndarray]


def floats(generator: np.random.Generator) -> np.ndarray:
    """Features, `(ROWS, FEATURES)`."""
    return generator.normal(size=(ROWS, FEATURES)).astype("float32")


def whole_numbers(generator: np.random.Generator) -> np.ndarray:
    """Numbers of rows to look up, many of them several times, `(ROWS, FEATURES)`."""
    return generator.integers(0, 8, (ROWS, FEATURES)).astype("int32")


def images(generator: np.random.Generator) -> np.ndarray:
    """Images of three colours, from 0 to 255, `(ROWS, 8, 8, 3)`."""
    return generator.uniform(0, 255, (ROWS, 8, 8, 3)).astype("float32")


def sounds(generator: np.random.Generator) -> np.ndarray:
    """Waves, `(ROWS, 64)`."""
    return generator.normal(size=(ROWS, 64)).astype("float32")


def sounds_in_channels(generator: np.random.Generator) -> np.ndarray:
    """The same of one channel each, `(ROWS, 64, 1)`."""
    return sounds(generator)[..., None]


def targets(generator: np.random.Generator) -> np.ndarray:
    """What is to be predicted, `(ROWS, 1)`."""
    return generator.normal(size=(ROWS, 1)).astype("float32")


def compiled(model: keras.Model, optimizer: Any = None) -> keras.Model:
    """A model with a loss, and plain gradient descent unless it is given another optimizer."""
    model.compile(optimizer or keras.optimizers.SGD(RATE), "mse")
    return model


def around(
    make: Callable[[], keras.Layer],
    shapes: Sequence[tuple[int, ...]],
    batch_size: int | None = None,
) -> Case:
    """A layer between two dense ones.

    Args:
        make: makes the layer.
        shapes: of an example of each of its inputs.
        batch_size: for layers that must know it.
    """

    def build() -> keras.Model:
        inputs = keras.Input((FEATURES,), batch_size)
        hidden = [
            keras.layers.Reshape(shape)(keras.layers.Dense(math.prod(shape), "tanh")(inputs))
            for shape in shapes
        ]
        return compiled(keras.Model(inputs, head(make()(*joined(make, hidden)))))

    return Case(build, floats)


def joined(make: Callable[[], keras.Layer], hidden: Sequence[Any]) -> Sequence[Any]:
    """The arguments of a layer: one list of several inputs, unless its call takes them apart."""
    if len(hidden) == 1:
        return hidden
    parameters = inspect.signature(make().call).parameters
    apart = "value" in parameters or "query" in parameters
    return hidden if apart else [list(hidden)]


def first(
    make: Callable[[], keras.Layer], inputs: Callable[[np.random.Generator], np.ndarray]
) -> Case:
    """A layer that sees the data.

    Args:
        make: makes the layer.
        inputs: the data.
    """

    def build() -> keras.Model:
        example = inputs(np.random.default_rng(0))
        data = keras.Input(example.shape[1:], dtype=example.dtype.name)
        largest = float(np.abs(example).max())
        return compiled(keras.Model(data, head(make()(data), 2.0 / largest)))

    return Case(build, inputs)


def head(outputs: Any, scale: float = 1.0) -> Any:
    """One number of whatever a layer returns, whose size is about `1 / scale`."""
    return keras.layers.Dense(1)(Features(scale)(keras.tree.flatten(outputs)[0]))


class Features(keras.layers.Layer):
    """Numbers of any type and shape as features, so small that gradient descent is stable."""

    def __init__(self, scale: float):
        super().__init__()
        self.scale = scale

    def call(self, inputs: Any) -> Any:
        size = math.prod(inputs.shape[1:])
        features = ops.reshape(ops.cast(inputs, "float32"), (-1, size))
        return features * (self.scale / math.sqrt(size))

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.KerasTensor((inputs.shape[0], math.prod(inputs.shape[1:])), "float32")


def exported(module: ModuleType, base: type) -> dict[str, type]:
    """What is exported of a kind, by name, without its other names and without its base."""
    found = [getattr(module, name) for name in dir(module)]
    kind = [c for c in found if inspect.isclass(c) and issubclass(c, base) and c is not base]
    return {c.__name__: c for c in kind}
