"""Says in one line that a model and its data do not fit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from triceras.data.batch import Batch
from triceras.data.tree import shapes
from triceras.errors import UserError, one_line, place

# What PyTorch says of shapes, in errors of many kinds.
SHAPES = re.compile(
    r"for dimension \d|dimension out of range|shapes? .*(cannot|must)|size of tensor", re.IGNORECASE
)
# What Keras says of several inputs of a model that has one.
ONE_INPUT = re.compile(
    r"structure of `inputs` doesn't match the expected .*?Expected: \w+\s", re.DOTALL
)
# What Keras says of an attribute that is set within `call`.
STATE = "cannot add new elements of state"
# What it says of `model.metrics` that nothing was told of, as a model's own objectives are to tell.
UNTOLD = "Cannot get result() since the metric has not yet been built"
# What it says of a metric that is null beside a single output.
NO_METRIC = "Expected metric, received `None`"


@contextmanager
def telling_misfits(batch: Batch) -> Iterator[None]:
    """Explains what Keras raises where shapes do not fit.

    Args:
        batch: of the data, not augmented.

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
        if UNTOLD in str(error):
            raise UserError(
                "no objective of the model tells model.metrics anything: call "
                "self.compute_metrics(inputs, targets, predictions) in one, or use model.metrics=[]"
            ) from error
        if NO_METRIC in str(error):
            raise UserError(
                "model.metrics or model.weighted_metrics has null among the metrics of one output, "
                "of which it would be none: leave it out, as in model.metrics=[]"
            ) from error
        if ONE_INPUT.search(str(error)):
            raise UserError(
                f"the model takes one array, and is given {shapes(batch.inputs)}, by name: let "
                "model.inputs be one of them, or use a model that takes several"
            ) from error
        raise UserError(
            f"the model, its loss or a metric does not fit {described(batch)}: {one_line(error)}; "
            "model.inputs and model.targets say which parts of the data these are, data.flatten, "
            "where there is one, whether images come flat, and the run's train.log has the "
            "traceback"
        ) from error


def described(batch: Batch) -> str:
    """The shapes of a batch, in words."""
    told = f"inputs of shape {shapes(batch.inputs)}"
    return told if batch.targets is None else f"{told} and targets of shape {shapes(batch.targets)}"
