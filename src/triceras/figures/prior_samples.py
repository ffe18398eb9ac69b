"""What a variational autoencoder invents."""

import numpy as np
from matplotlib.figure import Figure

from triceras.figures.figure import RunFigure, Subject
from triceras.figures.images import in_batches
from triceras.figures.mosaic import draw_mosaic
from triceras.figures.style import grey_limit, new_figure
from triceras.random.batch_order import BATCH_STREAM
from triceras.random.keys import fold_in, key_of
from triceras.random.normal import normal_from_key

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
        model, data = subject.model, subject.data
        latent_dim = model.encode(data.test.x[:1])[0].shape[-1]
        z = prior_noise(subject.seed, self.rows * self.columns, latent_dim)
        images = in_batches(model.decode, z).reshape(self.rows, self.columns, *data.image_shape)
        width = max(6.0, 0.68 * self.columns)
        figure = new_figure(
            width,
            0.62 + 0.68 * self.rows,
            "Images decoded from the prior, z ~ N(0, I)",
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
