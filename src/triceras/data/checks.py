"""Checks arrays that came from a file that a person chose."""

from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.errors import UserError

IMAGE_SHAPE = (28, 28)
CLASSES = 10
# The parts of such data.
IMAGE, LABEL = "image", "label"


def checked_split(x: Any, y: np.ndarray, names: tuple[str, str], where: str) -> Split:
    """Makes a split of arrays that were read, once they are what MNIST's would be.

    Args:
        x: images, an array or `RowsOnDisk`; wanted are uint8 and shape `(n, 28, 28)` or
            `(n, 28, 28, 1)`.
        y: labels; wanted are whole numbers from 0 to 9 and shape `(n,)`.
        names: what the two are called where they came from.
        where: the file, at the start of each message.

    Returns:
        A `Split` with images of shape `(n, 28, 28)`.

    Raises:
        UserError: they are anything else.
    """
    x_name, y_name = names
    if x.dtype != np.uint8 or x.shape[1:] not in (IMAGE_SHAPE, (*IMAGE_SHAPE, 1)):
        raise UserError(
            f"{where}: {x_name} is {x.dtype} of shape {x.shape}; wanted is uint8 of shape "
            "(n, 28, 28) or (n, 28, 28, 1): convert it, or choose another file"
        )
    if y.dtype.kind not in "iu" or y.ndim != 1:
        raise UserError(
            f"{where}: {y_name} is {y.dtype} of shape {y.shape}; wanted are whole numbers of "
            "shape (n,): convert it, or choose another file"
        )
    if len(x) != len(y):
        raise UserError(
            f"{where}: {x_name} has {len(x)} images and {y_name} has {len(y)} labels; wanted are "
            "as many of both: make the file anew"
        )
    if len(x) == 0:
        raise UserError(f"{where}: {x_name} holds no image: choose another file")
    if y.min() < 0 or y.max() >= CLASSES:
        raise UserError(
            f"{where}: {y_name} has labels from {y.min()} to {y.max()}; wanted are 0 to "
            f"{CLASSES - 1}: choose another file"
        )
    images = x if x.shape[1:] == IMAGE_SHAPE else x.reshape(-1, *IMAGE_SHAPE)
    return Split({IMAGE: images, LABEL: y})
