"""A model of one weight whose gradient is 1, and what its optimizer may be made of, for tests."""

from collections.abc import Callable
from typing import Any

import keras


class Still(keras.losses.Loss):
    """Is the weight, so that its gradient is 1."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return y_pred[:, 0]


class Adding(keras.optimizers.SGD):
    """Adds the next of some numbers to the gradient."""

    numbers: Any = None

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        super().update_step(gradient + self.numbers.next(), variable, learning_rate)


class Shift(keras.constraints.Constraint):
    """Moves a weight by the next of some numbers."""

    def __init__(self, numbers: Any):
        self.numbers = numbers

    def __call__(self, weight: Any) -> Any:
        return weight - self.numbers.next()


def one_weight(optimizer: Any, constraint: Any = None) -> keras.Sequential:
    """A compiled model of one weight, which begins at 0."""
    dense = keras.layers.Dense(
        1, use_bias=False, kernel_initializer="zeros", kernel_constraint=constraint
    )
    model = keras.Sequential([keras.Input((1,)), dense])
    model.compile(optimizer, Still())
    return model


def with_numbers(place: str, numbers: Any, rate: Callable[[Any], Any]) -> keras.Sequential:
    """Such a model, in whose step numbers are asked for.

    Args:
        place: where: `optimizer`, `schedule`, `constraint`, or `inner`, of another optimizer.
        numbers: have a method `next`.
        rate: makes the schedule of them.
    """
    adding: Any = Adding(1.0)
    adding.numbers = numbers if place in ("optimizer", "inner") else None
    optimizer = {
        "optimizer": lambda: adding,
        "schedule": lambda: keras.optimizers.SGD(rate(numbers)),
        "constraint": lambda: keras.optimizers.SGD(1.0),
        "inner": lambda: keras.optimizers.LossScaleOptimizer(adding, initial_scale=1.0),
    }[place]()
    return one_weight(optimizer, Shift(numbers) if place == "constraint" else None)
