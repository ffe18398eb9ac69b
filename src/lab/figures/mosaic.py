"""Many small images in one."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from triceras.figures import INK, Axes, AxesImage

GAP = 1 / 14  # of an image's width


def gap_between(images: np.ndarray) -> int:
    """The pixels left free between two of `images`, as `mosaic` takes them."""
    return max(1, round(GAP * images.shape[3]))


def mosaic(images: np.ndarray) -> np.ndarray:
    """Puts images side by side.

    Args:
        images: array `(rows, columns, height, width)`, or `(rows, columns, height, width, 3)` of
            colours in [0, 1], or in [0, 255] where they are whole numbers or beyond 2.

    Returns:
        An array `(rows * (height + gap) - gap, columns * (width + gap) - gap)`, NaN in the gaps,
        or with the three colours in a last axis, white in the gaps.
    """
    gap = gap_between(images)
    rows, columns, height, width, *colours = images.shape
    if colours:
        # What a model makes of pixels from 0 to 1 is near them.
        of_bytes = images.dtype.kind in "iu" or np.nanmax(images, initial=0) > 2
        images = np.clip(images / (255 if of_bytes else 1), 0, 1)
    around = [(0, 0), (0, 0), (0, gap), (0, gap), *((0, 0) for _ in colours)]
    padded = np.pad(
        images.astype("float32"), around, constant_values=1 if colours else np.nan
    ).swapaxes(1, 2)
    joined = padded.reshape(rows * (height + gap), columns * (width + gap), *colours)
    return joined[:-gap, :-gap]


def draw_mosaic(
    axes: Axes,
    images: np.ndarray,
    row_labels: Sequence[str] = (),
    column_labels: Sequence[str] = (),
    **options: Any,
) -> AxesImage:
    """Draws the mosaic of `images`, with a label for each row and column where there are any.

    Args:
        axes: where to draw.
        images: as `mosaic` takes them.
        row_labels: from the top, or none.
        column_labels: from the left, or none; they stand on top.
        **options: of `Axes.imshow`.

    Returns:
        What `Axes.imshow` returns.
    """
    height, width = images.shape[2:4]
    gap = gap_between(images)
    shown = axes.imshow(mosaic(images), interpolation="nearest", **options)
    rows = (height - 1) / 2 + (height + gap) * np.arange(len(row_labels))
    columns = (width - 1) / 2 + (width + gap) * np.arange(len(column_labels))
    axes.set_yticks(rows, list(row_labels), fontsize=8, color=INK)
    axes.set_xticks(columns, list(column_labels), fontsize=8, color=INK)
    axes.tick_params(length=0, labelbottom=False, labeltop=True)
    axes.xaxis.set_label_position("top")
    axes.spines[:].set_visible(False)
    return shown
