"""Where an encoder puts the images of each class."""

import numpy as np

from lab.figures.classes import classes_of, names_of
from lab.figures.images import in_batches
from triceras.data import Dataset
from triceras.errors import UserError
from triceras.figures import INK, Axes, Figure, RunFigure, Subject, class_colour, new_figure, tidy

PERPLEXITY = 30
# Squares of spreads outside of these overflow float32, or come near to nothing in it.
NARROWEST, WIDEST = 1e-15, 1e15


class LatentMap(RunFigure):
    """Maps the posterior means of test images, coloured by class if they have any, in the plane.

    Two latent coordinates are shown as they are; more are embedded by t-SNE, which, unlike a
    linear projection, shows the clusters of a latent space whose variance is spread evenly.

    Args:
        images: at most so many, the first of the test set.

    Reference:
        [van der Maaten and Hinton, 2008](https://jmlr.org/papers/v9/vandermaaten08a.html).
    """

    def __init__(self, images: int = 2000):
        self.images = images

    def draw(self, subject: Subject) -> Figure:
        rows = slice(self.images)
        x, y = subject.test_batch(rows).inputs, classes_of(subject.data)
        means = in_batches(lambda batch: subject.model.encode(batch)[0], x)
        latent_dim = means.shape[-1]
        if latent_dim < 2:
            raise UserError("a latent map wants at least 2 latent coordinates, the model has 1")
        embedded = latent_dim > 2
        points = embed(means) if embedded else means
        title = f"Posterior means of {len(x):,} test images"
        figure = new_figure(
            6.6,
            6.2,
            f"{title}, embedded by t-SNE" if embedded else title,
            subject,
            f"{latent_dim} latent coordinates",
        )
        axes = figure.subplots()
        if y is None:
            axes.scatter(*points.T, s=6, color=INK, linewidths=0)
        else:
            draw_classes(axes, points, y[rows], subject.data)
        tidy(axes)
        if embedded:
            axes.set(xlabel="first t-SNE coordinate", ylabel="second t-SNE coordinate")
            # In a t-SNE only neighbourhoods mean something, numbers do not.
            axes.set(xticks=[], yticks=[])
        else:
            axes.set(xlabel="posterior mean of $z_1$", ylabel="posterior mean of $z_2$")
        axes.set_aspect("equal", "datalim")
        return figure


def embed(means: np.ndarray) -> np.ndarray:
    """Embeds points in the plane.

    Args:
        means: array `(n, latent_dim)`.

    Returns:
        An array `(n, 2)`, always the same for the same points.

    Raises:
        UserError: they are all in one place, or without bounds.
    """
    spread = float(np.max(np.ptp(means.astype(np.float64), axis=0)))
    # scikit-learn's t-SNE divides by it, and its tree of NaNs then kills the process.
    if not NARROWEST < spread < WIDEST:
        raise UserError(
            "t-SNE wants posterior means that differ between images, by finite numbers: "
            f"these differ by {spread:.3g} at most"
        )
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(PERPLEXITY, (len(means) - 1) / 3)
    embedding = TSNE(2, perplexity=perplexity, init="pca", random_state=0)
    # With several threads the result depends on their number, and where another library keeps the
    # cores busy it takes 20 times as long.
    with threadpool_limits(1, user_api="openmp"):
        return embedding.fit_transform(means)


def draw_classes(axes: Axes, points: np.ndarray, labels: np.ndarray, data: Dataset) -> None:
    """Draws points `(n, 2)` as the numbers of their classes `(n,)`, in their colours."""
    from matplotlib.patches import Patch

    handles = []
    for label in np.unique(labels):
        colour = class_colour(label)
        members = points[labels == label]
        axes.scatter(*members.T, s=26, marker=rf"$\mathbf{{{label}}}$", color=colour, linewidths=0)
        (name,) = names_of(data, [label])
        called = name if name == str(label) else f"{label} {name}"
        handles.append(Patch(color=colour, label=called))
    axes.legend(
        handles=handles,
        title="class",
        loc="center left",
        bbox_to_anchor=(1, 0.5),
        frameon=False,
        handlelength=1,
        fontsize=8,
        title_fontsize=8,
    )
