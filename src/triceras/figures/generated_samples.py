"""What a generator makes of noise."""

from matplotlib.figure import Figure

from triceras.figures.figure import RunFigure, Subject
from triceras.figures.images import in_batches
from triceras.figures.mosaic import draw_mosaic
from triceras.figures.prior_samples import prior_noise
from triceras.figures.style import grey_limit, new_figure


class GeneratedSamples(RunFigure):
    """Shows generated images, of the same noise at all times and on every backend.

    Args:
        rows: of images.
        columns: of images.
    """

    def __init__(self, rows: int = 8, columns: int = 8):
        self.rows = rows
        self.columns = columns

    def draw(self, subject: Subject) -> Figure:
        model = subject.model
        z = prior_noise(subject.seed, self.rows * self.columns, model.latent_dim)
        images = in_batches(model.generate, z)
        images = images.reshape(self.rows, self.columns, *subject.data.image_shape)
        figure = new_figure(
            max(6.0, 0.68 * self.columns),
            0.62 + 0.68 * self.rows,
            "Generated images, z ~ N(0, I)",
            subject,
            f"{model.latent_dim} latent coordinates",
        )
        draw_mosaic(figure.subplots(), images, cmap="Greys", vmin=0, vmax=grey_limit(images))
        return figure
