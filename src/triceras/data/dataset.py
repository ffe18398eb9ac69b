"""What every data source returns: inputs and labels, already split."""

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Examples and their labels.

    Args:
        x: inputs; float32, shape `(n, ...)`, for images `(n, height * width)` or
            `(n, height, width, 1)`; a C-contiguous array, or
            `triceras.data.rows_on_disk.RowsOnDisk`, which has its shape and gives rows by index.
        y: labels, whatever the loss compares outputs with; of classes int32, shape `(n,)`.
    """

    x: Any
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)


@dataclasses.dataclass(frozen=True, eq=False)
class Dataset:
    """A data set, split for training, model selection and the final test.

    Args:
        name: name of the source, as in `data=<name>`.
        train: what the model learns from.
        validation: what a person may choose settings by; `None` when there is none.
        test: what is reported.
        classes: number of classes, where labels are classes and run from 0 to `classes - 1`.
        image_shape: height and width in pixels, where inputs are images.
        sha256: of the source file (of an IDX folder: of its four files, one after the other in
            the order of `triceras.data.idx.FILES`), or of the arrays as they were before any
            option was applied, when there is no such file.
        augment: `"bernoulli"` when each training step is to draw its own binary image from the
            grey one, else `None`.
    """

    name: str
    train: Split
    validation: Split | None
    test: Split
    classes: int | None = None
    image_shape: tuple[int, int] | None = None
    sha256: str | None = None
    augment: str | None = None
