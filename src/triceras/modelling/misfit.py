"""Says in one line that a model and its data do not fit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from triceras.errors import UserError, one_line, place

# What PyTorch says of shapes, in errors of many kinds.
SHAPES = re.compile(
    r"for dimension \d|dimension out of range|shapes? .*(cannot|must)|size of tensor", re.IGNORECASE
)
# What Keras says of an attribute that is set within `call`.
STATE = "cannot add new elements of state"


@contextmanager
def telling_misfits(x: Any, y: Any) -> Iterator[None]:
    """Explains what Keras raises where shapes do not fit.

    Args:
        x: a batch of the data's inputs.
        y: its labels.

    Raises:
        UserError: the model, its loss or a metric raised a `ValueError`, or PyTorch's of shapes.
    """
    try:
        yield
    except (ValueError, IndexError, RuntimeError) as error:
        if not isinstance(error, ValueError) and not SHAPES.search(str(error)):
            raise
        if STATE in str(error):
            raise UserError(
                f"the model makes variables, layers or metrics within call{place(error)}: make "
                "them in __init__ or build, and only use them in call"
            ) from error
        raise UserError(
            f"the model, its loss or a metric does not fit inputs of shape {tuple(x.shape)} and "
            f"labels of shape {tuple(y.shape)}: {one_line(error)}; data.flatten says whether "
            "images come flat, and the run's train.log has the traceback"
        ) from error
