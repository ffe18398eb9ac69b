"""Inputs that are a single number an example, of which few models can be built."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from triceras.data.dataset import Dataset
from triceras.data.tree import leaves
from triceras.errors import UserError, causes
from triceras.modelling.several_inputs import TakesOneError

# What has nothing to do with shapes: an argument or a name that there is not.
OTHER = (TypeError, AttributeError, ImportError, NameError, KeyError)
# Of what is said of a shape that does not fit; a number of units that is none is told without.
OF_SHAPES = re.compile(r"dim|rank|shape|ax[ei]s|tuple index", re.I)


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
        why = list(causes(error))[1:]
        of_shapes = any(OF_SHAPES.search(str(e)) for e in why)
        of_shapes = of_shapes and not any(isinstance(e, OTHER) for e in why)
        # With one of them alone it may be built.
        if not single or not of_shapes or isinstance(error, TakesOneError):
            raise
        named = ", ".join(single)
        raise UserError(
            f"the input {named} is a single number an example, of shape (rows,), and most layers "
            f"want (rows, 1): give a list of one column, as in data.parts={{{single[0]}: "
            f"[{single[0]}]}}, or arrays with one more axis, array[:, None] ({error})"
        ) from error
