"""What a generator makes of noise."""

from lab.figures.prior_samples import draw_samples
from triceras.figures import Figure, RunFigure, Subject


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
        title = "Generated images, z ~ N(0, I)"
        return draw_samples(
            subject, model.generate, model.latent_dim, self.rows, self.columns, title
        )
