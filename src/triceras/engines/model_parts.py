"""The parts of a model that have numbers of their own: layers, optimizers, losses and metrics."""

import functools
import sys
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType, SimpleNamespace
from typing import Any

import keras

from triceras.engines.numbered import numbered
from triceras.engines.objective import objectives_of
from triceras.engines.optimizer_parts import made_of

# What has variables is a part of a model by itself, or a part of one.
WITH_VARIABLES = (
    *(keras.Layer, keras.optimizers.Optimizer, keras.metrics.Metric, keras.Variable),
    keras.random.SeedGenerator,
)
FUNCTIONS = (FunctionType, BuiltinFunctionType, MethodType, functools.partial)
# In whose objects nothing is looked for that a person would set.
LIBRARIES = {
    *(sys.stdlib_module_names - {"types"}),
    *("keras", "tensorflow", "jax", "jaxlib", "torch", "numpy", "ml_dtypes", "triceras"),
}


def parts(model: Any) -> Iterator[tuple[str, str, Any]]:
    """Layers, optimizers, losses and metrics of a model, with their kinds, and names for people."""
    return named(unnamed_parts(model))


def layers_of(model: Any) -> Iterator[tuple[str, str, Any]]:
    """The layers of a model that need not be compiled, under the names that `parts` gives them."""
    return named(("layer", layer) for layer in model._flatten_layers())


def named(things: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, str, Any]]:
    """The parts of a model with names for people, each once."""
    found: dict[int, tuple[str, Any]] = {}
    for kind, thing in things:
        found.setdefault(id(thing), (kind, thing))
    names = numbered(
        getattr(thing, "name", None) or type(thing).__name__ for _, thing in found.values()
    )
    for name, (kind, thing) in zip(names, found.values(), strict=True):
        yield kind, name, thing


def unnamed_parts(model: Any) -> Iterator[tuple[str, Any]]:
    """The same, some of them twice."""
    for layer in model._flatten_layers():
        yield "layer", layer
    for objective in objectives_of(model):
        yield "optimizer", objective.optimizer
        for inner in made_of(objective.optimizer):
            yield "optimizer", inner
    for loss in keras.tree.flatten(model.loss):
        # An object of somebody's own may be called as one.
        if isinstance(loss, keras.losses.Loss) or has_settings(loss):
            yield "loss", loss
    for metric in model.metrics:
        yield "metric", metric
        for inner in getattr(metric, "metrics", ()):
            yield "metric", inner


def has_settings(thing: Any) -> bool:
    """Whether something that a part of a model has may itself have numbers that a person sets."""
    if isinstance(thing, (*WITH_VARIABLES, *FUNCTIONS, type)) or not hasattr(thing, "__dict__"):
        return False
    return is_own(thing) or isinstance(thing, SimpleNamespace) or hasattr(thing, "get_config")


def is_own(thing: Any) -> bool:
    """Whether the class of something is of no library."""
    return type(thing).__module__.partition(".")[0] not in LIBRARIES
