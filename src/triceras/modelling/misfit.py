"""Says in one line that a model and its data do not fit."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras
from keras.src.backend import compute_output_spec

from triceras.data.batch import Batch
from triceras.data.tree import map_tree, shapes
from triceras.errors import UserError, one_line, place

# What Python, NumPy and each framework say of shapes, by the kinds of errors in which they do.
SHAPES = {
    IndexError: r"too many indices|tuple index out of range|dimension",
    RuntimeError: r"for dimension \d|dimension out of range|shapes? .*(cannot|must)|size of tensor",
    TypeError: r"incompatible shapes|contracting dimensions|(must|to) have .*(shape|dimension)",
}
# TensorFlow's, which is none of these.
OF_TENSORFLOW = ("InvalidArgumentError", r"shape|\bdims?\b|dimension|size-incompatible")
# What it adds to its words: the operation, before and after them.
OPERATION = re.compile(r"\{\{.*?\}\} *|:? *\[Op:.*", re.DOTALL)
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
def telling_misfits(batch: Batch, model: keras.Model | None = None) -> Iterator[None]:
    """Explains what Keras and the frameworks raise where shapes do not fit.

    Args:
        batch: of the data, not augmented.
        model: whose outputs are told of as well, where it gives any.

    Raises:
        UserError: the model, its loss or a metric raised a `ValueError`, or another of shapes.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, ValueError) and not is_of_shapes(error):
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
            f"the model, its loss or a metric does not fit {described(batch, model)}: "
            f"{OPERATION.sub('', one_line(error)).rstrip('.')}{place(error)}; "
            "model.inputs and model.targets say which parts of the data these are, data.flatten, "
            "where there is one, whether images come flat, and the run's train.log has the "
            "traceback"
        ) from error


def is_of_shapes(error: Exception) -> bool:
    """Whether a framework says by an error that shapes do not fit."""
    name, words = OF_TENSORFLOW
    kinds = [words] if type(error).__name__ == name else []
    kinds += [words for kind, words in SHAPES.items() if isinstance(error, kind)]
    return any(re.search(words, str(error), re.IGNORECASE) for words in kinds)


def described(batch: Batch, model: keras.Model | None = None) -> str:
    """The shapes of a batch, and of what a model makes of it, in words."""
    told = [f"inputs of shape {shapes(batch.inputs)}"]
    # A model that fails with this batch gives none.
    with suppress(Exception):
        if model is not None:
            told.append(f"outputs of shape {shapes(outputs_of(model, batch.inputs))}")
    if batch.targets is not None:
        told.append(f"targets of shape {shapes(batch.targets)}")
    if batch.sample_weight is not None:
        told.append(f"weights of shape {shapes(batch.sample_weight)}")
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def outputs_of(model: keras.Model, inputs: Any) -> Any:
    """What a model makes of inputs, without numbers."""
    given = map_tree(
        lambda x: keras.KerasTensor(tuple(x.shape), keras.backend.standardize_dtype(x.dtype)),
        inputs,
    )
    return compute_output_spec(lambda x: model(x, training=False), given)
