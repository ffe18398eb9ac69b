"""Whether outputs have the shapes of what Keras's losses compare them with, number by number."""

import contextlib
import logging
from collections.abc import Mapping
from typing import Any

import keras

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.own_steps import is_own
from triceras.errors import UserError
from triceras.modelling.build import signature
from triceras.modelling.changed_parts import changed_parts
from triceras.modelling.class_labels import outputs_of, pairs, shape_at

log = logging.getLogger(__name__)

Shape = tuple[int | None, ...]

# Losses that compare number by number, by the names of Keras's functions for them.
NUMBER_BY_NUMBER = (
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "huber", "log_cosh", "poisson", "kl_divergence"),
    *("binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"),
    *("cosine_similarity", "categorical_crossentropy", "categorical_focal_crossentropy"),
)


def check_output_shapes(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Checks that no output is spread over targets of another shape.

    Arrays of other shapes are compared each number with each, and those of other ranks each example
    with each, without a word of any backend where the numbers happen to fit.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given.
        data: the data set.

    Raises:
        UserError: one is.
    """
    wanted = [each for each in pairs(model.loss, batch.targets) if compares_numbers(each[0])]
    # A step of its own may compare other things by the loss, as a denoiser its noise.
    if not model.loss or is_own(model, "compute_loss") or is_own(model, "train_step"):
        return
    outputs = outputs_of(model, batch, data) if wanted or isinstance(batch.targets, str) else None
    if not of_one_output(model.loss):
        check_one_target(outputs, batch.targets)
    changed = changed_parts(batch, data) if wanted and batch.augment else set()
    for _, part, path in wanted:
        output = shape_at(outputs, path)
        if output is not None and part not in changed:
            check_shapes(part, tuple(signature(part, data).shape[1:]), output[1:])


def of_one_output(loss: Any) -> bool:
    """Whether a loss is that of one output by its name, which a single target is then of."""
    return isinstance(loss, Mapping) and sum(one is not None for one in loss.values()) == 1


def check_one_target(outputs: Any, targets: Any) -> None:
    """Checks that there is not one target for several outputs with names, of which Keras has none.

    Raises:
        UserError: there is.
    """
    if isinstance(outputs, Mapping) and len(outputs) > 1 and isinstance(targets, str):
        first = next(iter(outputs))
        raise UserError(
            f"the model gives {', '.join(outputs)} by name, and model.targets={targets} is one part"
            f": give those a target and a loss that have one, as model.targets={{{first}: {targets}"
            f"}} and model.loss.{first}; a loss of several outputs at once is the model's own "
            "compute_loss, with model.loss=null, or is given one output that holds them all"
        )


def compares_numbers(loss: Any) -> bool:
    """Whether a loss is one of Keras's that compares number by number."""
    with contextlib.suppress(Exception):
        loss = keras.losses.get(loss) if isinstance(loss, str) else loss
    functions = [getattr(keras.losses, name) for name in NUMBER_BY_NUMBER]
    if type(loss).__module__.startswith("keras."):
        loss = getattr(loss, "fn", None)
    return any(loss is function for function in functions)


def check_shapes(part: str, target: Shape, output: Shape) -> None:
    """Checks one output, whose shapes are those of one example.

    Raises:
        UserError: the shapes do not go together.
    """
    one, other = target, output
    # As Keras does of two whose ranks are one apart.
    if len(one) + 1 == len(other) and other[-1] == 1:
        other = other[:-1]
    elif len(other) + 1 == len(one) and one[-1] == 1:
        one = one[:-1]
    sizes = list(zip(one, other, strict=False))
    differ = [(a, b) for a, b in sizes if None not in (a, b) and a != b]
    if len(one) == len(other) and not differ:
        return
    said = (
        f"the target {part} has the shape {target} an example, and the model's output for it "
        f"{output}"
    )
    if len(one) == len(other) and all(a == 1 for a, _ in differ):
        log.warning(f"{said}: each number of the output is compared with the one of the target")
        return
    raise UserError(
        f"{said}: the loss compares them number by number, so give the model an output of "
        f"{target}, or model.targets a part of {output}"
    )
