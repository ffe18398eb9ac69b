"""The weights that a hypernetwork generates for an image."""

from typing import Any

import numpy as np

from lab.figures.classes import examples_to_show
from lab.figures.images import image_shape_of, in_batches
from lab.figures.mosaic import draw_mosaic, gap_between
from triceras.errors import UserError
from triceras.figures import GREY, INK, Figure, RunFigure, Subject, grey_limit, new_figure


class GeneratedWeights(RunFigure):
    """Shows test images and, beside each, the target's first weights generated for it.

    White is a weight of 0, or their median where all weights have one sign.

    Args:
        units: number of first-layer units, each drawn as an image of its weights.
        images: number of test images: the first of each class, then the second of each, and so on.

    """

    def __init__(self, units: int = 8, images: int = 6):
        self.units = units
        self.images = images

    def draw(self, subject: Subject) -> Figure:
        data = subject.data
        chosen, labels = examples_to_show(data, self.images)
        images = subject.test_batch(chosen).inputs
        shape = image_shape_of(data)
        weights = first_layer_weights(subject.model, images, shape)[:, : self.units]
        rows, columns = weights.shape[:2]
        figure = new_figure(
            max(6.0, 1.6 + 0.72 * (1 + columns)),
            0.95 + 0.72 * rows,
            "First-layer weights generated for each test image",
            subject,
        )
        # A column of a mosaic with its gap, so that both have the same scale.
        gap = gap_between(weights) / shape[1]
        left, right = figure.subplots(1, 2, width_ratios=(1, columns * (1 + gap) - gap))
        inputs = images.reshape(rows, 1, *shape)
        ink = grey_limit(inputs)
        draw_mosaic(left, inputs, labels, ["input"], cmap="Greys", vmin=0, vmax=ink)
        left.set_ylabel("class" if labels else "", fontsize=8, color=INK)
        centre = centre_of(weights)
        limit = float(np.percentile(np.abs(weights - centre), 99.5)) or 1.0
        units = [str(unit) for unit in range(columns)]
        shown = draw_mosaic(
            right,
            weights,
            column_labels=units,
            cmap="RdBu_r",
            vmin=centre - limit,
            vmax=centre + limit,
        )
        right.set_xlabel("first-layer unit", fontsize=8, color=INK)
        bar = figure.colorbar(shown, ax=right, shrink=0.6, extend="both")
        bar.set_label("weight", fontsize=8, color=INK)
        bar.ax.tick_params(labelsize=8, labelcolor=INK, color=GREY)
        bar.outline.set_visible(False)
        return figure


def first_layer_weights(model: Any, images: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Generates the first kernel of a hypernetwork's target.

    Args:
        model: a `lab.models.hypernetwork.Hypernetwork`.
        images: array `(n, pixels)`.
        shape: height and width of an image, in pixels.

    Returns:
        An array `(n, units, height, width)`.

    Raises:
        UserError: the first weights are not a kernel `(pixels, units)`.
    """
    kernel = in_batches(lambda batch: model.generate_weights(batch)[0], images)
    if kernel.ndim != 3 or kernel.shape[1] != shape[0] * shape[1]:
        raise UserError(
            f"generated weights are drawn for a target that begins with a dense layer on pixels; "
            f"{model.target.name} begins with weights of shape {kernel.shape[1:]}"
        )
    return kernel.transpose(0, 2, 1).reshape(len(kernel), -1, *shape)


def centre_of(weights: np.ndarray) -> float:
    """The weight that a diverging colour map shows as neutral."""
    return 0.0 if np.min(weights) < 0 < np.max(weights) else float(np.median(weights))
