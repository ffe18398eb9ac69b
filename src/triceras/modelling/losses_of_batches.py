"""Says where weights of examples count by their mean alone, as a loss gives one number a batch."""

import contextlib
import logging
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
    outputs = outputs_of(model, batch, data)
    for loss, part, path in pairs(model.loss, batch.targets):
        output = shape_at(outputs, path)
        if output is None or loss is None:
            continue
        # What it refuses by itself it also refuses in training.
        with contextlib.suppress(Exception):
            if is_one_number(loss, tuple(data.train.shape(part)), output[1:]):
                log.warning(
                    "the loss %s gives one number for all examples of a batch, so that "
                    "model.%s counts by its mean alone, whichever example has it: let the loss "
                    "give one for each example, (batch,)",
                    name_of(loss),
                    weights,
                )


def is_one_number(loss: Any, target: tuple[Any, ...], output: tuple[Any, ...]) -> bool:
    """Whether a loss gives one number for a batch, of examples of these shapes."""
    function = keras.losses.get(loss)
    measure: Any = function.call if isinstance(function, keras.losses.Loss) else function
    given = [keras.KerasTensor((EXAMPLES, *shape), "float32") for shape in (target, output)]
    return compute_output_spec(measure, *given).shape == ()
