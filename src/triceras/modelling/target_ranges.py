"""What a loss expects of numbers that it is given as probabilities, and a model of its inputs."""

import logging
from typing import Any

import keras
import numpy as np

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.data.tree import leaves
from triceras.errors import UserError
from triceras.modelling.changed_parts import changed_parts
from triceras.modelling.class_labels import pairs

# Where a loss of one's own says what it wants, as `targets_between = (0.0, 1.0)`.
ATTRIBUTE = "targets_between"
# Where a loss of one's own is a likelihood of targets that are 0 or 1 alone: `True`.
BINARY = "targets_binary"
# Where a model says what it wants.
OF_INPUTS = "inputs_between"
RANGES: dict[str, tuple[float, float]] = {
    "BinaryCrossentropy": (0.0, 1.0),
    "BinaryFocalCrossentropy": (0.0, 1.0),
    "CategoricalCrossentropy": (0.0, 1.0),
    "CategoricalFocalCrossentropy": (0.0, 1.0),
    "KLDivergence": (0.0, 1.0),
    "Poisson": (0.0, np.inf),
}
# As they are called where a loss is a function or a name.
FUNCTIONS = {getattr(keras.losses, name)().name: name for name in RANGES}
# How many examples are looked at: all would take as long as many steps.
SOME = 256
# What rounding may add to a sum of shares.
TOLERANCE = 1e-3

log = logging.getLogger(__name__)


def check_targets(model: keras.Model, batch: BatchPreparation, data: Dataset) -> None:
    """Checks that targets are what a loss of probabilities or of counts can be of.

    Of others it is a number that means nothing, and that training makes as small as it likes. So
    are inputs checked of a model that has an attribute `inputs_between`.

    Args:
        model: compiled.
        batch: says which parts the losses are given. One that is augmented may be another by then.
        data: the data set, whose first training examples are looked at.

    Raises:
        UserError: they are not.
    """
    for loss, part, _ in pairs(model.loss, batch.targets):
        found = range_of(loss)
        if found is not None:
            cure = "choose another loss, as model.loss._target_=keras.losses.MeanSquaredError"
            check_part(f"loss {name_of(loss)} wants targets", part, found, cure, batch, data)
        if getattr(loss, BINARY, False):
            tell_of_others(f"the loss {name_of(loss)}", part, batch, data)
    wanted: tuple[float, float] | None = getattr(model, OF_INPUTS, None)
    if wanted is not None:
        who = f"model {model.name} wants inputs"
        for part in leaves(batch.inputs):
            check_part(who, part, wanted, "use another model", batch, data)


def check_part(
    who: str,
    part: str,
    between: tuple[float, float],
    cure: str,
    batch: BatchPreparation,
    data: Dataset,
) -> None:
    """Checks the first training examples of one part.

    Args:
        who: wants them, and as what.
        part: its name.
        between: the least and the largest number.
        cure: what else may be done than to scale the data.
        batch: says which parts are augmented.
        data: the data set.

    Raises:
        UserError: a number is outside.
    """
    low, high = between
    values = first_values(part, batch, data)
    outside = (values < low - TOLERANCE) | (values > high + TOLERANCE)
    if outside.any():
        example = np.argwhere(outside)[0]
        wanted = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of {low:g} or more"
        raise UserError(
            f"the {who} {wanted}, and {part} of training example {example[0]:,} holds "
            f"{values[tuple(example)]:.5g}: scale the data, or {cure}"
        )


def tell_of_others(who: str, part: str, batch: BatchPreparation, data: Dataset) -> None:
    """Says where targets are neither 0 nor 1, of which the loss is a likelihood of these alone."""
    values = first_values(part, batch, data)
    others = (values != 0) & (values != 1)
    if others.any():
        example = np.argwhere(others)[0]
        log.warning(
            "%s is a likelihood of targets that are 0 or 1, and %s of training example %d holds "
            "%.5g: it can be trained with, but its numbers, and an elbo of them, compare with "
            "none of binary data; of pictures in [0, 1] data.binarize=fresh makes such",
            *(who, part, example[0], values[tuple(example)]),
        )


def first_values(part: str, batch: BatchPreparation, data: Dataset) -> np.ndarray:
    """A part of the first training examples; none where it is no number or may still change."""
    if data.train.streamed or part in changed_parts(batch, data):
        return np.zeros(0)
    values = np.asarray(data.train.take(slice(min(SOME, len(data.train))), [part])[part])
    return values if values.dtype.kind in "iuf" else np.zeros(0)


def range_of(loss: Any) -> tuple[float, float] | None:
    """The least and the largest target that a loss is of, or `None` for any."""
    own = getattr(loss, ATTRIBUTE, None)
    if own is not None:
        return own
    if isinstance(loss, keras.losses.Loss) and type(loss).__module__.split(".")[0] != "keras":
        # What a class of one's own does with its targets before, it alone knows.
        return None
    name = name_of(loss)
    return RANGES.get(FUNCTIONS.get(name, name))


def name_of(loss: Any) -> str:
    """What a loss is called: a class, a function or a name of one."""
    if isinstance(loss, str):
        return loss
    return getattr(loss, "__name__", None) or type(loss).__name__
