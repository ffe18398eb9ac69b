"""What a compiled step holds as constants: Python's values, which may change under it."""

import enum
import functools
import math
from collections.abc import Iterator
from types import NoneType
from typing import Any, NamedTuple

import keras
import numpy as np

from triceras.bits import bits_of
from triceras.engines.elsewhere import elsewhere, is_small
from triceras.engines.model_parts import FUNCTIONS, WITH_VARIABLES, has_settings, is_own, parts
from triceras.engines.optimizer_variables import is_taken_in
from triceras.engines.own_steps import READS_OTHERS
from triceras.engines.state import value_of
from triceras.engines.versions import Version, version_of, version_of_tensor

# What Keras itself sets in the course of training, and what a loop does in its place.
RUNNING = {
    *("stop_training", "stop_evaluating", "stop_predicting", "history"),
    *("_jax_state", "_jax_state_synced", "_eval_epoch_iterator", "_initial_epoch"),
    *("train_step", "test_step", "compute_loss_and_updates", "finalize_variable_values"),
    READS_OTHERS,
}

# What an optimizer calls, where a step looks up none of the model's variables.
OF_OPTIMIZERS = (
    keras.optimizers.schedules.LearningRateSchedule,
    keras.constraints.Constraint,
)
# What most attributes are, told apart without looking further: it is done after each hook.
SCALARS = {bool, int, float, str, NoneType}
# What is looked at of an object that a layer has, which may be a tokenizer or a table.
FEW, DEEP = 1000, 4


class Constant(NamedTuple):
    """One of the values that a step holds.

    Args:
        kind: of the part of the model that has it: `layer`, `optimizer`, `loss`, `metric`; or
            `variable`, which no part has.
        part: the name of that part for people, no other's.
        inner: the attribute of it that has the value, as of a regularizer; `None` for its own.
        attribute: what the value is called there.
        owner: what has that attribute.
        value: what it is now.
    """

    kind: str
    part: str
    inner: str | None
    attribute: str
    owner: Any
    value: Any

    @property
    def name(self) -> str:
        """What people are told of."""
        return ".".join(filter(None, (self.part, self.inner, self.attribute)))


def each_constant(model: keras.Model) -> Iterator[Constant]:
    """The numbers, texts, arrays and functions that a step takes from its objects' attributes.

    Args:
        model: compiled and built.

    Yields:
        Each attribute of a layer, an optimizer, a loss or a metric, and the variables of which none
        of these knows. Whether something is `trainable` is none of them.
    """
    for kind, part, thing in parts(model):
        yield from constants_of(kind, part, thing)
    for name, variable in elsewhere(model).named():
        yield Constant("variable", name, None, "", None, variable)


def constants_of(kind: str, part: str, thing: Any) -> Iterator[Constant]:
    """Those of one layer, optimizer, loss or metric."""
    known = of_keras(type(thing))
    for attribute, value in vars(thing).items():
        if attribute in known:
            continue
        if (
            is_plain(value)
            or isinstance(value, FUNCTIONS)
            or is_number_tensor(value)
            or (is_mixture(value) and is_own(thing) and not attribute.startswith("_"))
        ):
            yield Constant(kind, part, None, attribute, thing, value)
        elif has_settings(value):
            yield Constant(kind, part, None, attribute, thing, value)
            if not isinstance(value, enum.Enum):
                yield from within(kind, part, attribute, value)
    if kind == "layer":
        yield from of_variables(part, thing)


def of_variables(part: str, layer: Any) -> Iterator[Constant]:
    """What is said of the own variables of a layer, which is all that Keras asks in a step."""
    for variable in [*layer._trainable_variables, *layer._non_trainable_variables]:
        for attribute in ("regularizer", "constraint"):
            value = getattr(variable, attribute, None)
            # What the layer has too, as a `kernel_regularizer`, is there already.
            if value is None or any(value is own for own in vars(layer).values()):
                continue
            yield Constant("layer", part, variable.name, attribute, variable, value)
            yield from within("layer", part, f"{variable.name}.{attribute}", value)


def within(kind: str, part: str, inner: str, thing: Any) -> Iterator[Constant]:
    """Those of a regularizer, a constraint, a schedule, or what else a part of a model has."""
    for attribute, value in vars(thing).items():
        small = isinstance(thing, OF_OPTIMIZERS) and is_small(value) and not is_taken_in(value)
        if is_a_few(value) or small or is_number_tensor(value):
            yield Constant(kind, part, inner, attribute, thing, value)


def is_plain(value: Any) -> bool:
    """Whether a value is one that a compiled step would hold as a constant."""
    if type(value) in SCALARS:
        return True
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    return isinstance(value, int | float | complex | str | np.ndarray | np.generic)


def is_mixture(value: Any) -> bool:
    """Whether a value is a collection of few things, of which some are no numbers."""
    return isinstance(value, list | tuple | dict | set | frozenset) and len(value) <= FEW


def is_number_tensor(value: Any) -> bool:
    """Whether a value is a tensor that has numbers, and not what a step has computed of others."""
    if isinstance(value, keras.Variable) or not keras.ops.is_tensor(value):
        return False
    try:
        count = math.prod(value.shape)
    # While a step is traced a length may be unknown, and how many there are.
    except (TypeError, ValueError):
        return False
    try:
        # Of many, one is as good as all.
        one = value if count <= FEW else value[(0,) * len(value.shape)]
    # What a step has left behind cannot be asked for one, nor can a sparse tensor: each framework
    # has errors of its own for that.
    except Exception:
        return False
    return array_of(one) is not None


def has_few(tensor: Any) -> bool:
    """Whether a tensor has so few numbers that they are compared."""
    return math.prod(tensor.shape) <= FEW


def array_of(tensor: Any) -> np.ndarray | None:
    """The numbers of a tensor; `None` of one that stands for numbers while a step is traced."""
    try:
        return np.array(keras.ops.convert_to_numpy(tensor))
    # Each framework has errors of its own for that.
    except Exception:
        return None


def is_a_few(value: Any, depth: int = 0) -> bool:
    """Whether a value has as few parts as what a person sets; an array may be of any size."""
    if type(value) in SCALARS or isinstance(value, np.ndarray):
        return True
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return depth < DEEP and len(value) <= FEW and all(is_a_few(p, depth + 1) for p in parts)
    return isinstance(value, complex | np.generic)


def mark(value: Any) -> Any:
    """What is equal where a value has not changed."""
    if type(value) in SCALARS:
        return repr(value)
    if isinstance(value, keras.Variable):
        return comparable(value_of(value)) if is_small(value) else version_of(value)
    if isinstance(value, Version):
        return value
    if is_number_tensor(value):
        return comparable(array_of(value)) if has_few(value) else version_of_tensor(value)
    if is_plain(value):
        return comparable(value)
    if isinstance(value, set | frozenset):
        return "set", sorted(map(repr, map(mark_of_part, value)))
    if isinstance(value, dict) and is_mixture(value):
        return "dict", [(repr(key), mark_of_part(part)) for key, part in value.items()]
    return (type(value).__name__, [*map(mark_of_part, value)]) if is_mixture(value) else id(value)


def mark_of_part(value: Any) -> Any:
    """The mark of what is in a collection; what holds variables is followed by these alone."""
    return id(value) if isinstance(value, WITH_VARIABLES) else mark(value)


def marks(model: keras.Model) -> dict[str, Any]:
    """The marks of all constants of a model, by their names."""
    return {constant.name: mark(constant.value) for constant in each_constant(model)}


def comparable(value: Any) -> Any:
    """What is equal for equal values; NaN is equal to itself."""
    if isinstance(value, np.memmap):
        # What is in a file is not read: it may be larger than the memory.
        return "file", id(value)
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, bits_of(value)
    if isinstance(value, list | tuple):
        # Keras has lists of its own in the place of Python's.
        return "tuple" if isinstance(value, tuple) else "list", *map(comparable, value)
    if isinstance(value, dict):
        return "dict", *((repr(key), comparable(part)) for key, part in value.items())
    return repr(value)


@functools.cache
def of_keras(kind: type) -> set[str]:
    """The attributes that Keras gives to everything of a kind for its own use, or sets later."""
    if issubclass(kind, keras.Model):
        # Named, as Keras would else count them, and the layers of the run would have other names.
        empty: Any = keras.Model(name="empty")
        empty.compile(optimizer=None, loss=None)
    elif issubclass(kind, keras.Layer):
        empty = keras.Layer(name="empty")
    elif issubclass(kind, keras.metrics.Metric):
        empty = keras.metrics.Metric(name="empty")
    elif issubclass(kind, keras.optimizers.Optimizer):
        return {"built", "_lock", "_trainable_variables_indices", *RUNNING}
    else:
        return RUNNING
    # A person sets that one too.
    return {*vars(empty), *RUNNING} - {"activity_regularizer"}
