"""An optimizer that comes to train more variables than it was built for."""

from collections.abc import Sequence
from typing import Any

import keras

from triceras.engines.optimizer_variables import take_in, taken_in
from triceras.errors import UserError


def grow(optimizer: Any, variables: Sequence[keras.Variable], order: Sequence[Any]) -> None:
    """Makes an optimizer know variables that it was not built for, and keeps what it has.

    Of a variable that is new to it, it begins with what it begins with in the first step of a run,
    but that the average of what stood still is its value; its counter of steps goes on. It also
    goes on knowing those that are no longer trained.

    Args:
        optimizer: built; it is changed in place, as others refer to it.
        variables: those that it is to train.
        order: all variables of the model, whose order its own will have, whenever each came.

    Raises:
        UserError: an optimizer of this class cannot be made again from its configuration.
    """
    known = {id(v) for v in optimizer._trainable_variables}
    wanted = known | {id(v) for v in variables}
    if wanted == known:
        return
    try:
        if hasattr(optimizer, "inner_optimizer") or hasattr(optimizer, "optimizers"):
            raise TypeError("it is made of other optimizers")
        new = type(optimizer).from_config(optimizer.get_config())
    except Exception as error:
        raise UserError(
            f"a layer became trainable in the course of training, and {type(optimizer).__name__} "
            f"cannot take up more variables ({error}): let all layers be trainable when the model "
            "is built, and freeze them in on_train_begin"
        ) from error
    new.build([v for v in order if id(v) in wanted])
    for variable, average in averages(new):
        average.assign(keras.ops.copy(variable))
    hand_over(optimizer, new)
    take_in(new, order)
    for before, variable in zip(taken_in(optimizer), taken_in(new), strict=True):
        variable.assign(before)
    vars(optimizer).update(vars(new))


def averages(optimizer: Any) -> list[tuple[keras.Variable, keras.Variable]]:
    """Each variable with its average, where an optimizer averages."""
    if not optimizer.use_ema:
        return []
    pairs = zip(
        optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True
    )
    return [(variable, average) for variable, average in pairs if average is not None]


def hand_over(old: Any, new: Any) -> None:
    """Gives the variables of an optimizer the values of one that was built for fewer."""
    places = [(old._trainable_variables_indices.get(k), i) for k, i in indices(new)]
    for name, value in vars(new).items():
        before = vars(old).get(name)
        if isinstance(value, keras.Variable):
            value.assign(before)
        elif isinstance(value, list) and is_per_variable(value, new):
            for place, i in places:
                if place is not None and value[i] is not None:
                    value[i].assign(before[place])


def indices(optimizer: Any) -> list[tuple[Any, int]]:
    """By what an optimizer knows each variable, and which one it is."""
    return list(optimizer._trainable_variables_indices.items())


def is_per_variable(values: list, optimizer: Any) -> bool:
    """Whether a list holds an optimizer's own variable for each of those that it trains."""
    own = {id(v) for v in optimizer.variables}
    return len(values) == len(optimizer._trainable_variables) and any(id(v) in own for v in values)
