"""Several inputs that are given to a model which takes one array."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from triceras.data.dataset import Dataset
from triceras.data.tree import named_leaves
from triceras.errors import UserError

# What Keras and Python say where what should be one array, or its shape, is several.
OF_ONE = re.compile(r"Cannot convert '.*' to a shape|expects 1 input\(s\)|unhashable type: 'slice'")


class TakesOneError(UserError):
    """A model takes one array, and is given several."""


@contextlib.contextmanager
def telling_several_inputs(config: DictConfig, inputs: Any, data: Dataset) -> Iterator[None]:
    """Says what to do about such inputs, where a model cannot be built.

    Args:
        config: of the model.
        inputs: the parts that it is given, a tree of names.
        data: the data set.

    Raises:
        UserError: it cannot.
    """
    try:
        yield
    except UserError as error:
        cause = error.__cause__
        of_a_shape = isinstance(cause, KeyError) and isinstance(cause.args[0], int | slice)
        if isinstance(inputs, str) or not (of_a_shape or OF_ONE.search(str(error))):
            raise
        raise takes_one(config, inputs, data) from error


def takes_one(config: DictConfig, inputs: Any, data: Dataset) -> UserError:
    """What is said of a model that takes one array.

    Args:
        config: of the model.
        inputs: the parts that it is given, a tree of names.
        data: the data set.
    """
    names = [part for _, part in named_leaves("", inputs)]
    given = ", ".join(f"{part} {data.train.shape(part)}" for part in names)
    sign = "" if "inputs" in config else "+"
    return TakesOneError(
        f"model.network {config.network._target_} takes one array, and is given inputs of shape "
        f"{given}: choose one of them, as in {sign}model.inputs={names[0]}, or a model that takes "
        "several"
    )
