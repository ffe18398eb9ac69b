"""What a compiled step holds as constants: Python's values, which may change under it."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np

from triceras.engines.objective import Objective, objectives_of
from triceras.engines.state import state_variables

# What Keras itself sets in the course of training.
RUNNING = {
    *("stop_training", "stop_evaluating", "stop_predicting", "history"),
    *("_jax_state", "_jax_state_synced", "_eval_epoch_iterator", "_initial_epoch"),
}

# Where a model's variables stand that none of its layers knows. Keras tracks what is set as usual.
ELSEWHERE = "_variables_elsewhere"
# What a callback sets are a few numbers; the weights of a network beside the model would take long
# to be compared after each hook.
MOST_ELEMENTS = 4096
# What an optimizer calls, where a step looks up none of the model's variables.
OF_OPTIMIZERS = (
    keras.optimizers.schedules.LearningRateSchedule,
    keras.constraints.Constraint,
)


def constants(model: keras.Model) -> dict[str, Any]:
    """The numbers, texts, arrays and functions that a step takes from its objects' attributes.

    Args:
        model: compiled and built.

    Returns:
        For each attribute of a layer, an optimizer or a loss, by a name for people, what can be
        compared. Whether something is `trainable` is none of them: see `trained`.
    """
    found: dict[str, Any] = {}
    for name, thing in parts(model):
        for attribute, value in vars(thing).items():
            if attribute not in RUNNING and attribute not in of_keras(type(thing)):
                key = f"{name}.{attribute}"
                found |= {key: comparable(value)} if is_plain(value) else settings(key, value)
    for variable in vars(model).get(ELSEWHERE, ()):
        # Two may have one name.
        found[variable.path] = found.get(variable.path, ()), value_of(variable)
    return found


def note_elsewhere(
    model: keras.Model, objectives: Sequence[Objective], read: Iterable[keras.Variable]
) -> None:
    """Notes those of some variables that a compiled step of a model would hold as constants.

    Args:
        model: compiled and built.
        objectives: of the model.
        read: the variables that a step reads.
    """
    of_optimizers = [v for objective in objectives for v in objective.optimizer.variables]
    known = {id(v) for v in [*state_variables(model, objectives), *of_optimizers]}
    found = [v for v in read if id(v) not in known and is_held(v)]
    object.__setattr__(model, ELSEWHERE, found)


def is_held(value: Any) -> bool:
    """Whether a value is a small variable that a program may hold; TensorFlow's looks it up."""
    held = isinstance(value, keras.Variable) and keras.backend.backend() != "tensorflow"
    return held and np.prod(value.shape) <= MOST_ELEMENTS


def value_of(variable: keras.Variable) -> Any:
    """What is equal for equal values of a variable."""
    return comparable(np.array(keras.ops.convert_to_numpy(variable.value)))


def parts(model: Any) -> Iterator[tuple[str, Any]]:
    """Layers, optimizers and losses of a model, with names for people."""
    for layer in model._flatten_layers():
        yield layer.name, layer
    for objective in objectives_of(model):
        yield objective.optimizer.name, objective.optimizer
    for loss in keras.tree.flatten(model.loss):
        if isinstance(loss, keras.losses.Loss):
            yield loss.name, loss


def settings(name: str, thing: Any) -> dict[str, Any]:
    """The same of a regularizer, a constraint, a schedule, which a layer or optimizer has."""
    if not hasattr(thing, "get_config") or isinstance(
        thing, keras.Layer | keras.optimizers.Optimizer | keras.Variable
    ):
        return {}
    inner = {f"{name}.{key}": comparable(v) for key, v in vars(thing).items() if is_plain(v)}
    if isinstance(thing, OF_OPTIMIZERS):
        inner |= {f"{name}.{key}": value_of(v) for key, v in vars(thing).items() if is_held(v)}
    return {name: id(thing), **inner}


def is_plain(value: Any) -> bool:
    """Whether a value is one that a compiled step would hold as a constant."""
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    return value is None or isinstance(
        value, bool | int | float | complex | str | np.ndarray | np.generic
    )


def comparable(value: Any) -> Any:
    """What is equal for equal values; NaN is equal to itself."""
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, list | tuple):
        return type(value).__name__, *map(comparable, value)
    if isinstance(value, dict):
        return "dict", *((repr(key), comparable(part)) for key, part in value.items())
    return repr(value)


@functools.cache
def of_keras(kind: type) -> set[str]:
    """The attributes that Keras gives to everything of a kind for its own use."""
    if issubclass(kind, keras.Model):
        # Named, as Keras would else count them, and the layers of the run would have other names.
        empty: Any = keras.Model(name="empty")
        empty.compile(optimizer=None, loss=None)
    elif issubclass(kind, keras.Layer):
        empty = keras.Layer(name="empty")
    elif issubclass(kind, keras.optimizers.Optimizer):
        return {"built", "_lock", "_trainable_variables_indices"}
    else:
        return set()
    return set(vars(empty))
