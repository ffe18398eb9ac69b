"""Test images beside what an autoencoder makes of them."""

import numpy as np

from lab.figures.classes import examples_to_show
from lab.figures.images import image_shape_of, in_batches
from lab.figures.mosaic import draw_mosaic
from triceras.figures import INK, Figure, RunFigure, Subject, grey_limit, new_figure


class Reconstructions(RunFigure):
    """Shows test images as the model sees them, and below each its reconstruction.

    Args:
        count: number of images: the first of each class, then the second of each, and so on.
    """

    def __init__(self, count: int = 10):
        self.count = count

    def draw(self, subject: Subject) -> Figure:
        model = subject.model
        chosen, names = examples_to_show(subject.data, self.count)
        shown = subject.test_batch(chosen).inputs
        rows = (shown, in_batches(model.reconstruct, shown))
        shape = image_shape_of(subject.data)
        images = np.stack([row.reshape(-1, *shape) for row in rows])
        width = max(6.0, 1.2 + 0.68 * len(chosen))
        figure = new_figure(width, 2.35, "Test images and their reconstructions", subject)
        axes = figure.subplots()
        draw_mosaic(
            axes,
            images,
            row_labels=("test image", "reconstruction"),
            column_labels=names,
            cmap="Greys",
            vmin=0,
            vmax=grey_limit(images),
        )
        axes.set_xlabel("class" if names else "", fontsize=8, color=INK)
        return figure
