"""Says where weights of examples count by their mean alone, as a loss gives one number a batch."""

import contextlib
import logging
from collections.abc import Iterable, Iterator
from typing import Any

import keras
from keras.src.backend import compute_output_spec

from triceras.data.batch import BatchPreparation
from triceras.data.dataset import Dataset
from triceras.engines.own_steps import is_own
from triceras.modelling.class_labels import outputs_of, pairs, shape_at
from triceras.modelling.target_ranges import name_of

# Any number of examples will do that is no other axis by chance.
EXAMPLES = 7

log = logging.getLogger(__name__)


def tell_of_losses_of_batches(model: Any, batch: BatchPreparation, data: Dataset) -> None:
    """Warns where examples or classes have weights, and a loss takes the mean of a batch itself.

    Keras multiplies that mean by each weight, so that whichever example has a large one, all count
    alike.

    Args:
        model: built and compiled.
        batch: says which parts the losses are given, and which weights there are.
        data: the data set.
    """
    weights = "class_weight" if batch.sample_weight is None else "sample_weight"
    if getattr(batch, weights) is None or not model.loss or is_own(model, "compute_loss"):
        return
    losses = [
        (loss, loss, part, path)
        for loss, part, path in pairs(model.loss, batch.targets)
        if loss is not None
    ]
    for loss in of_batches(losses, outputs_of(model, batch, data), data):
        log.warning(
            "the loss %s gives one number for all examples of a batch, so that model.%s counts by "
            "its mean alone, whichever example has it: let the loss give one for each example, "
            "(batch,)",
            name_of(loss),
            weights,
        )


def of_batches(
    measures: Iterable[tuple[Any, Any, str, tuple[Any, ...]]], outputs: Any, data: Dataset
) -> Iterator[Any]:
    """Those of some losses or functions of metrics that give one number for a batch.

    Args:
        measures: what to call each, it, the part that it is given, and the place of its output.
        outputs: of the model, without values.
        data: the data set.

    Returns:
        What these are called.
    """
    for name, measure, part, path in measures:
        output = shape_at(outputs, path)
        # What it refuses by itself it also refuses in training.
        with contextlib.suppress(Exception):
            target = tuple(data.train.shape(part))
            if output is not None and is_one_number(measure, target, output[1:]):
                yield name


def is_one_number(loss: Any, target: tuple[Any, ...], output: tuple[Any, ...]) -> bool:
    """Whether a loss gives one number for a batch, of examples of these shapes."""
    function = keras.losses.get(loss)
    measure: Any = function.call if isinstance(function, keras.losses.Loss) else function
    given = [keras.KerasTensor((EXAMPLES, *shape), "float32") for shape in (target, output)]
    return compute_output_spec(measure, *given).shape == ()
