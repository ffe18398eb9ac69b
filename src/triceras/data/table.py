"""Makes a `Dataset` of a table: two arrays, split at random."""

import numpy as np

from triceras.data.dataset import Dataset
from triceras.data.split_parts import split_parts
from triceras.errors import UserError


def split_table(
    name: str,
    x: np.ndarray,
    y: np.ndarray,
    *,
    validation_size: int,
    test_size: int,
    split_seed: int,
    limit: int | None,
    classes: int | None = None,
) -> Dataset:
    """Splits rows for training, validation and test.

    Args:
        name: name of the data set, for messages and records.
        x: inputs, `(rows, ...)`, the part `features`.
        y: labels, `(rows, ...)`, the part `label`.
        validation_size: number of rows to hold out for validation; 0 for none.
        test_size: number of rows to hold out for the test.
        split_seed: fixes which row goes where.
        limit: at most this many training rows; `None` for all.
        classes: number of classes, where labels are classes.

    Returns:
        A `Dataset` in which no row is in two splits.

    Raises:
        UserError: the arrays are no table, or the sizes leave no row to train on.
    """
    if len(x) != len(y):
        raise UserError(f"data={name}: {len(x)} inputs and {len(y)} labels do not make a table")
    if classes is not None and (y.ndim != 1 or np.any((y < 0) | (y >= classes))):
        raise UserError(
            f"data={name}: labels of shape {y.shape} from {y.min()} to {y.max()} are no classes; "
            f"wanted are 0 to {classes - 1}, of shape ({len(y)},)"
        )
    return split_parts(
        name,
        {"features": x, "label": y},
        validation_size=validation_size,
        test_size=test_size,
        split_seed=split_seed,
        limit=limit,
        classes=classes,
        inputs="features",
        labels="label",
    )
