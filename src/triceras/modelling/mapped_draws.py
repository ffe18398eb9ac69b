"""Functions that `keras.ops.map` and `vectorized_map` call for each row, and that draw numbers."""

import functools
from collections.abc import Iterable
from typing import Any

import keras
from keras import ops
from keras.src import backend

from triceras.engines.draws import STATE
from triceras.errors import UserError
from triceras.modelling.carried_variables import WithinScope, assign, first_of


def install() -> None:
    """Mends Keras's maps, for all models of this process. Calling it again changes nothing.

    TensorFlow calls the function of `map` once more, for the shape of what it gives, which drew
    numbers and assigned as well, so that all that came after had others than on the other backends.
    A vectorized function that draws failed there and on JAX, or drew no new numbers in the next
    step; it draws once for all rows.
    """
    core: Any = backend.core
    if hasattr(core.vectorized_map, "__wrapped__"):
        return
    own = core.vectorized_map
    core.vectorized_map = functools.wraps(own)(functools.partial(vectorized_map, own))
    if keras.backend.backend() == "tensorflow":
        core.map = functools.wraps(core.map)(map_rows)


def map_rows(f: Any, xs: Any) -> Any:
    """`keras.ops.map` on TensorFlow, one row after the other where it assigns."""
    core: Any = backend.core
    xs = keras.tree.map_structure(ops.convert_to_tensor, xs)
    with WithinScope() as scope:
        first = f(first_of(xs))
    signature = keras.tree.map_structure(core.tf.TensorSpec.from_tensor, first)
    at_once = 1 if scope.assigned else None
    return core.tf.map_fn(f, xs, fn_output_signature=signature, parallel_iterations=at_once)


def vectorized_map(own: Any, function: Any, elements: Any) -> Any:
    """`keras.ops.vectorized_map`.

    Raises:
        UserError: the function assigns to a variable that may come to another value in each row.
    """
    variables: dict[int, keras.Variable] = {}

    def noting(row: Any) -> Any:
        with WithinScope() as scope:
            result = function(row)
        variables.update(scope.assigned)
        check_assigned(scope.assigned.values())
        return result, [scope.get_current_value(each) for each in variables.values()]

    result, values = own(noting, elements)
    # All rows have come to the same.
    assign(list(variables.values()), [rows[0] for rows in values])
    return result


def check_assigned(variables: Iterable[keras.Variable]) -> None:
    """Refuses what each row would give a value of its own.

    Raises:
        UserError: one is no state of a generator.
    """
    if other := [variable.path for variable in variables if STATE not in variable.path]:
        raise UserError(
            f"{', '.join(other)} is assigned in a function of ops.vectorized_map, which would give "
            "it a value for each row: return the value, and assign after it, or use ops.map"
        )
