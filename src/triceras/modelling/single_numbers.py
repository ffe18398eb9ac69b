"""Inputs that are a single number an example, of which few models can be built."""

import contextlib
from collections.abc import Iterator
from typing import Any

from triceras.data.dataset import Dataset
from triceras.data.tree import leaves
from triceras.errors import UserError, causes
from triceras.modelling.several_inputs import TakesOneError

# What has nothing to do with shapes: an argument or a name that there is not.
OTHER = (TypeError, AttributeError, ImportError, NameError, KeyError)


@contextlib.contextmanager
def telling_single_numbers(inputs: Any, data: Dataset) -> Iterator[None]:
    """Says what to do about such an input, where a model cannot be built.

    Args:
        inputs: the parts that the model is given, a tree of names.
        data: the data set.

    Raises:
        UserError: it cannot.
    """
    try:
        yield
    except UserError as error:
        single = [name for name in leaves(inputs) if data.train.shape(name) == ()]
        of_shapes = error.__cause__ is not None and not any(
            isinstance(e, OTHER) for e in causes(error)
        )
        # With one of them alone it may be built.
        if not single or not of_shapes or isinstance(error, TakesOneError):
            raise
        named = ", ".join(single)
        raise UserError(
            f"the input {named} is a single number an example, of shape (rows,), and most layers "
            f"want (rows, 1): give a list of one column, as in data.parts={{{single[0]}: "
            f"[{single[0]}]}}, or arrays with one more axis, array[:, None] ({error})"
        ) from error
