"""Variables that change within a loop or a branch of `keras.ops` on JAX, as random counters do."""

import functools
import importlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import keras
from keras import ops
from keras.src import backend
from keras.src.backend.common.stateless_scope import get_stateless_scope

from triceras.engines.assigned import NotingScope
from triceras.engines.postponed import PostponingScope


def install() -> None:
    """Mends Keras's loops, for all models of this process. Calling it again changes nothing.

    What is assigned within a function that JAX traces is a value of that trace alone, and ended the
    step with an error of JAX's; on the other backends it changes from one round to the next. So a
    noise that is drawn in each round of a sampler could not be drawn on JAX.
    """
    core: Any = backend.core
    if keras.backend.backend() != "jax" or hasattr(core.fori_loop, "__wrapped__"):
        return
    for name, carrying in CARRYING.items():
        own = getattr(core, name)
        setattr(core, name, functools.wraps(own)(functools.partial(carrying, own)))
    layers: Any = importlib.import_module("keras.src.backend.jax.rnn")
    layers.lax = Lax(layers.lax)
    inside: Any = backend
    inside.rnn = functools.wraps(inside.rnn)(functools.partial(keeping, inside.rnn))


class Lax:
    """JAX's operations, as recurrent layers use them: their cells draw and assign, too."""

    def __init__(self, own: Any):
        self.own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def scan(self, f: Any, init: Any, xs: Any = None, **options: Any) -> Any:
        """`jax.lax.scan`, before which a cell that changes variables takes one step.

        On the other backends Keras asks it so for the shape of what it gives.
        """
        first = first_of(xs)
        variables = changed_by(f, given=(init, first))
        if not variables:
            return self.own.scan(f, init, xs, **options)
        _, values = run_with(variables, values_of(variables), f, init, first)
        assign(variables, values)
        return scan(self.own.scan, f, init, xs, **options)


def keeping(own: Any, *arguments: Any, **options: Any) -> Any:
    """Keras's `rnn`, which keeps what a cell assigns where no step is compiled.

    Keras calls the cell in a scope then, of which nothing is left, so that a model that is called
    to be built, say, had the numbers of its first draws once more in its first step.
    """
    if get_stateless_scope() is not None:
        return own(*arguments, **options)
    with PostponingScope() as scope:
        results = own(*arguments, **options)
    scope.write()
    return results


class WithinScope(NotingScope):
    """A scope within what is traced, of which the scope around it knows nothing.

    Args:
        mapping: pairs of a variable and its value within.
    """

    def __init__(self, mapping: Iterable[tuple[keras.Variable, Any]] = ()):
        super().__init__()
        # Keras would give them the type that a layer computes in.
        self.state_mapping.update((id(variable), value) for variable, value in mapping)
        self.outer: Any = get_stateless_scope()
        self.collect_losses = self.outer is not None and self.outer.collect_losses
        self.losses = self.outer.losses if self.outer is not None else []

    def get_current_value(self, variable: keras.Variable) -> Any:
        around = None if self.outer is None else self.outer.get_current_value(variable)
        known = id(variable) in self.state_mapping or around is None
        return super().get_current_value(variable) if known else around

    def is_trained(self, variable: keras.Variable) -> bool:
        return variable.trainable


def changed_by(*functions: Callable[..., Any], given: Sequence[Any] = ()) -> list[keras.Variable]:
    """The variables that some functions of the same arguments assign, which are traced for it."""
    core: Any = backend.core
    found: dict[int, keras.Variable] = {}
    for function in functions:
        with WithinScope() as scope:
            # Of a function that it knows JAX remembers the shapes, and calls it no more.
            core.jax.eval_shape(lambda *given, function=function: function(*given), *given)
        found |= scope.assigned
    return list(found.values())


def run_with(
    variables: list[keras.Variable], values: Any, function: Callable[..., Any], *arguments: Any
) -> tuple[Any, list[Any]]:
    """What a function returns where variables have some values, and those that they then have."""
    with WithinScope(zip(variables, values, strict=True)) as scope:
        result = function(*arguments)
    return result, [scope.get_current_value(variable) for variable in variables]


def first_of(xs: Any) -> Any:
    """The first of each of some rows; there may be none, where the length is given."""
    return keras.tree.map_structure(lambda rows: None if rows is None else rows[0], xs)


def values_of(variables: list[keras.Variable]) -> list[Any]:
    """What variables hold now, whatever type a layer computes in."""
    scope = get_stateless_scope()

    def value_of(variable: Any) -> Any:
        known = None if scope is None else scope.get_current_value(variable)
        held = variable._value if known is None else known
        return variable.value if held is None else held

    return [value_of(variable) for variable in variables]


def assign(variables: list[keras.Variable], values: Any) -> None:
    """Gives variables what they have come to."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def fori_loop(own: Any, lower: Any, upper: Any, body_fun: Any, init_val: Any) -> Any:
    """`keras.ops.fori_loop`."""
    variables = changed_by(body_fun, given=(ops.convert_to_tensor(lower), init_val))
    if not variables:
        return own(lower, upper, body_fun, init_val)

    def body(i: Any, carried: Any) -> Any:
        return run_with(variables, carried[1], body_fun, i, carried[0])

    result, values = own(lower, upper, body, (init_val, values_of(variables)))
    assign(variables, values)
    return result


def scan(own: Any, f: Any, init: Any, xs: Any = None, length: Any = None, **options: Any) -> Any:
    """`keras.ops.scan`."""
    rows = [row for row in keras.tree.flatten(xs) if row is not None]
    if any(not len(row) for row in rows):
        # It is traced and never called, so that it assigns nothing.
        with WithinScope():
            return own(f, init, xs, length, **options)
    variables = changed_by(f, given=(init, first_of(xs)))
    if not variables:
        return own(f, init, xs, length, **options)

    def body(carried: Any, x: Any) -> Any:
        (carry, y), values = run_with(variables, carried[1], f, carried[0], x)
        return (carry, values), y

    (carry, values), ys = own(body, (init, values_of(variables)), xs, length, **options)
    assign(variables, values)
    return carry, ys


def while_loop(
    own: Any, cond: Any, body: Any, loop_vars: Any, maximum_iterations: Any = None
) -> Any:
    """`keras.ops.while_loop`."""
    core: Any = backend.core
    several = isinstance(loop_vars, tuple | list)
    given = tuple(loop_vars) if several else (loop_vars,)
    variables = changed_by(cond, body, given=given)
    if not variables:
        return own(cond, body, loop_vars, maximum_iterations)

    def within(_: Any, values: Any, *carried: Any) -> Any:
        result, values = run_with(variables, values, body, *carried)
        result = tuple(result) if several else (result,)
        # JAX lets a condition change nothing, so that each is found in the round before.
        goes_on, values = run_with(variables, values, cond, *result)
        return (goes_on, values, *result)

    first = core.jax.tree.map(ops.convert_to_tensor, given)
    goes_on, values = run_with(variables, values_of(variables), cond, *first)
    _, values, *result = own(
        lambda goes_on, *_: goes_on, within, (goes_on, values, *given), maximum_iterations
    )
    assign(variables, values)
    return tuple(result) if several else result[0]


def cond(own: Any, pred: Any, true_fn: Any, false_fn: Any) -> Any:
    """`keras.ops.cond`."""
    variables = changed_by(true_fn, false_fn)
    if not variables:
        return own(pred, true_fn, false_fn)
    before = values_of(variables)
    branches = (
        functools.partial(run_with, variables, before, function) for function in (true_fn, false_fn)
    )
    result, values = own(pred, *branches)
    assign(variables, values)
    return result


def switch(own: Any, index: Any, branches: Any, *operands: Any) -> Any:
    """`keras.ops.switch`."""
    variables = changed_by(*branches, given=operands)
    if not variables:
        return own(index, branches, *operands)
    before = values_of(variables)
    carrying = [functools.partial(run_with, variables, before, branch) for branch in branches]
    result, values = own(index, carrying, *operands)
    assign(variables, values)
    return result


def map_rows(own: Any, f: Any, xs: Any) -> Any:
    """`keras.ops.map`, one row after the other."""
    core: Any = backend.core
    if any(not len(row) for row in keras.tree.flatten(xs)) or not changed_by(
        f, given=(first_of(xs),)
    ):
        return own(f, xs)
    return core.scan(lambda _, x: ((), f(x)), (), xs)[1]


CARRYING = {
    "fori_loop": fori_loop,
    "scan": scan,
    "while_loop": while_loop,
    "cond": cond,
    "switch": switch,
    "map": map_rows,
}
