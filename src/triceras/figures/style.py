"""The look that all figures share."""

from typing import Any

import keras
import numpy as np

from triceras.figures.figure import Subject
from triceras.figures.types import Axes, Figure

DPI = 150
HEADER = 0.58  # inches
MARGIN = 0.12  # inches
INK = "#222222"
GREY = "#6b6b6b"
PALE = "#dddddd"
BLUE = "#0072b2"
PALE_BLUE = "#a9cfe8"
VERMILION = "#d55e00"
# The muted scheme of Paul Tol and a dark grey: ten colours that colour-blind readers tell apart.
CLASS_COLOURS = (
    "#cc6677",
    "#332288",
    "#ddcc77",
    "#117733",
    "#88ccee",
    "#882255",
    "#44aa99",
    "#999933",
    "#aa4499",
    "#555555",
)


def new_figure(width: float, height: float, title: str, subject: Subject, *facts: str) -> Figure:
    """An empty figure under a header of two lines.

    Args:
        width: in inches.
        height: in inches, the header's included.
        title: what is shown.
        subject: the run, which the second line tells.
        *facts: anything to add to the second line.

    Returns:
        A `matplotlib.figure.Figure` whose axes keep clear of the header.
    """
    return figure_with_header(width, height, title, *facts_of(subject), *facts)


def figure_with_header(width: float, height: float, title: str, *facts: str) -> Figure:
    """The same for what is no single run; the second line tells the facts alone."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(
        rect=(0, 0, 1, 1 - HEADER / height), w_pad=MARGIN / 2, h_pad=MARGIN / 2
    )
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white", layout=layout)
    line = {"x": MARGIN / width, "va": "top", "ha": "left"}
    figure.text(y=1 - MARGIN / height, s=title, fontsize=11, fontweight="bold", color=INK, **line)
    figure.text(
        y=1 - 0.36 / height,
        s="  ·  ".join(facts),
        fontsize=8,
        color=GREY,
        **line,
    )
    return figure


def facts_of(subject: Subject) -> list[str]:
    """What identifies a run, and how far it was trained."""
    facts = [subject.model.name, subject.data.name]
    # A model that was never compiled does not even have the attribute.
    optimizer: Any = getattr(subject.model, "optimizer", None)
    if optimizer is not None:
        facts.append(f"after {int(optimizer.iterations.numpy()):,} steps")
    return [*facts, f"seed {subject.seed}", str(keras.backend.backend())]


def tidy(axes: Axes) -> None:
    """Takes off what carries no information from axes with a curve or points."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["bottom", "left"]].set_color(GREY)
    axes.tick_params(which="both", color=GREY, labelcolor=INK, labelsize=8)
    axes.xaxis.label.set(fontsize=9, color=INK)
    axes.yaxis.label.set(fontsize=9, color=INK)
    axes.grid(color=PALE, linewidth=0.5)
    axes.set_axisbelow(True)


def class_colour(label: int) -> Any:
    """The colour of a class."""
    return CLASS_COLOURS[label % len(CLASS_COLOURS)]


def grey_limit(*images: np.ndarray) -> float:
    """The value of full ink: 1, or the largest value of images whose grey levels are not scaled."""
    return max(1.0, *(float(np.max(image)) for image in images))
