"""What a variational autoencoder invents."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lab.figures.images import image_shape_of, in_batches
from lab.figures.mosaic import draw_mosaic
from triceras.figures import Figure, RunFigure, Subject, grey_limit, new_figure
from triceras.random import BATCH_STREAM, fold_in, key_of, normal_from_key

PRIOR_STREAM = BATCH_STREAM + 1


class PriorSamples(RunFigure):
    """Shows images decoded from z ~ N(0, I), the same z at all times and on every backend.

    Args:
        rows: of images.
        columns: of images.
    """

    def __init__(self, rows: int = 8, columns: int = 8):
        self.rows = rows
        self.columns = columns

    def draw(self, subject: Subject) -> Figure:
        model = subject.model
        latent_dim = model.encode(subject.test_batch(slice(1)).inputs)[0].shape[-1]
        title = "Images decoded from the prior, z ~ N(0, I)"
        return draw_samples(subject, model.decode, latent_dim, self.rows, self.columns, title)


def draw_samples(
    subject: Subject,
    generate: Callable[[Any], Any],
    latent_dim: int,
    rows: int,
    columns: int,
    title: str,
) -> Figure:
    """Draws images of fixed noise.

    Args:
        subject: whose run's seed gives the noise.
        generate: `(batch, latent_dim)` to grey values in [0, 1].
        latent_dim: number of coordinates of the noise.
        rows: of images.
        columns: of images.
        title: of the figure.
    """
    z = prior_noise(subject.seed, rows * columns, latent_dim)
    shape = image_shape_of(subject.data)
    images = in_batches(generate, z).reshape(rows, columns, *shape)
    figure = new_figure(
        max(6.0, 0.68 * columns),
        0.62 + 0.68 * rows,
        title,
        subject,
        f"{latent_dim} latent coordinates",
    )
    draw_mosaic(figure.subplots(), images, cmap="Greys", vmin=0, vmax=grey_limit(images))
    return figure


def prior_noise(seed: int, count: int, latent_dim: int) -> np.ndarray:
    """Draws from N(0, I) on the host.

    Args:
        seed: the run's seed.
        count: number of vectors.
        latent_dim: number of their coordinates.

    Returns:
        A float32 array `(count, latent_dim)`.
    """
    key = fold_in(key_of(seed), PRIOR_STREAM)
    return normal_from_key(key, (count, latent_dim), np)
