"""Variables that an optimizer's step uses, and of which Keras does not know that they are its own.

They are those of random generators and of other objects that an optimizer of somebody's own has, of
the schedule of its learning rate, and of the constraints of what it trains. A compiled step of JAX
or PyTorch would hold them as constants, and no checkpoint would keep them.
"""

import contextlib
import functools
from collections.abc import Iterable, Iterator
from typing import Any

import keras

from triceras.engines.contents import DEEP, around_methods, parts_of
from triceras.engines.draws import CURE, STATE
from triceras.engines.host_draws import refusing_host_draws
from triceras.engines.objective import objectives_of
from triceras.engines.optimizer_parts import made_of
from triceras.engines.state import state_variables
from triceras.errors import UserError
from triceras.patching import patched

# The attributes in which Keras keeps what an optimizer has and what it trains.
OF_KERAS = {"_variables", "_trainable_variables", "_tracker"}


def build_optimizers(model: keras.Model) -> None:
    """Builds the optimizers of a model that are not, and has them know all of their variables.

    Calling it again changes nothing.

    Args:
        model: built and compiled.
    """
    objectives = objectives_of(model)
    for objective in objectives:
        if not objective.optimizer.built:
            objective.optimizer.build(objective.variables)
    known = state_variables(model, objectives)
    for objective in objectives:
        for optimizer in last_parts(objective.optimizer):
            take_in(optimizer, known)


def take_in(optimizer: Any, known: Iterable[keras.Variable]) -> None:
    """Makes variables beside an optimizer its own.

    Args:
        optimizer: built, and made of no others.
        known: variables that are a model's.
    """
    ids = {id(v) for v in [*known, *optimizer.variables]}
    for variable in [*own_beside(optimizer), *of_constraints(optimizer)]:
        if id(variable) not in ids:
            optimizer._track_variable(variable)
            variable.taken_in = True  # pyright: ignore[reportAttributeAccessIssue]
            ids.add(id(variable))


def is_taken_in(variable: Any) -> bool:
    """Whether a variable was made an optimizer's own."""
    return getattr(variable, "taken_in", False)


def last_parts(optimizer: Any) -> list[Any]:
    """The optimizers of which one is made and that are made of none; it alone, if it is."""
    return [part for part in (optimizer, *made_of(optimizer)) if not made_of(part)]


def own_beside(optimizer: Any) -> list[keras.Variable]:
    """The variables of what an optimizer has, its schedule among it, in one order."""
    values = [value for name, value in vars(optimizer).items() if name not in OF_KERAS]
    values += around_methods(type(optimizer)).values()
    return list({id(v): v for value in values for v in variables_in(value)}.values())


def taken_in(optimizer: Any) -> list[keras.Variable]:
    """Those of them that were made its own."""
    return [v for v in own_beside(optimizer) if is_taken_in(v)]


def of_constraints(optimizer: Any) -> list[keras.Variable]:
    """The variables of the constraints of what an optimizer trains, in one order."""
    constraints = [getattr(v, "constraint", None) for v in optimizer._trainable_variables]
    return [v for constraint in constraints for v in variables_in(constraint)]


def variables_in(value: Any, depth: int = 0) -> Iterator[keras.Variable]:
    """The variables of a value that are no layer's, optimizer's or metric's."""
    if isinstance(value, keras.Variable):
        yield value
    elif isinstance(value, keras.random.SeedGenerator):
        yield value.state
    elif depth < DEEP:
        for part in parts_of(value):
            yield from variables_in(part, depth + 1)


@contextlib.contextmanager
def refusing_others(
    optimizer: Any, trained: Iterable[keras.Variable] | None = None
) -> Iterator[None]:
    """Where an optimizer takes a step; refuses draws and assignments of what is not its own.

    Args:
        optimizer: built.
        trained: what it moves; `None` for all that it was built with.

    Raises:
        UserError: there was one, with which a compiled step would not go on.
    """
    assign: Any = keras.Variable.assign
    moved = [*optimizer._trainable_variables, *(trained or ())]
    own = {id(v) for v in [*optimizer.variables, *moved]}

    def refuse(variable: Any, value: Any, *others: Any, **options: Any) -> Any:
        if id(variable) in own:
            return assign(variable, value, *others, **options)
        name = called(optimizer)
        if STATE in variable.path:
            raise UserError(
                f"{name} draws random numbers without a seed, or from a generator that is no "
                f"attribute of one of them, with which a compiled step would not go on: {CURE}"
            )
        raise UserError(
            f"{name} assigns {variable.path}, which is none of the optimizer's variables, with "
            "which a compiled step would not go on, nor a resumed run: make it an attribute of "
            "one of them; one that hands its work to another optimizer calls it inner_optimizer, "
            "and its `variables` are those of both"
        )

    with patched(keras.Variable, "assign", refuse):
        yield


def called(*optimizers: Any) -> str:
    """What is said of optimizers and of all that they call."""
    names = dict.fromkeys(type(optimizer).__name__ for optimizer in optimizers)
    return f"{' or '.join(names)}, its schedule or a constraint"


def refusing_draws(
    optimizers: Iterable[Any], compiled: bool
) -> contextlib.AbstractContextManager[None]:
    """Where optimizers take a step; refuses draws from generators of the host.

    Args:
        optimizers: built.
        compiled: whether steps are to be compiled; others may draw.
    """
    if not compiled:
        # In each step of PyTorch's `fit`.
        return contextlib.nullcontext()
    every = [part for optimizer in optimizers for part in (optimizer, *made_of(optimizer))]
    trained = [variable for optimizer in every for variable in optimizer._trainable_variables]
    constraints = [getattr(variable, "constraint", None) for variable in trained]
    return refusing_host_draws(called(*optimizers), [*every, *constraints], True)


@contextlib.contextmanager
def stepping(
    optimizer: Any, trained: Iterable[keras.Variable] | None, compiled: bool
) -> Iterator[None]:
    """Where an optimizer takes a step; see `refusing_others` and `refusing_draws`."""
    with refusing_others(optimizer, trained), refusing_draws([optimizer], compiled):
        yield


def watch(optimizer: Any, compiled: bool) -> None:
    """Has an optimizer refuse such steps, by whatever it is called; again changes nothing."""
    for part in (optimizer, *made_of(optimizer)):
        if not hasattr(part.apply, "__wrapped__"):
            part.apply = watched(part, part.apply, compiled)


def watched(optimizer: Any, apply: Any, compiled: bool) -> Any:
    """`optimizer.apply`, within `stepping`."""

    @functools.wraps(apply)
    def applied(grads: Any, *trained: Any, **options: Any) -> Any:
        # As Keras gives it, since one of somebody's own may call it by another name.
        named = options.get("trainable_variables")
        with stepping(optimizer, trained[0] if trained else named, compiled):
            return apply(grads, *trained, **options)

    return applied
