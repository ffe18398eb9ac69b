"""What a figure is, and what helps to draw one: the front door of this folder."""

from triceras.figures.curves import moving_average, thinned
from triceras.figures.figure import RunFigure, Subject
from triceras.figures.loss_curves import settled
from triceras.figures.records import read_columns
from triceras.figures.style import (
    BLUE,
    CLASS_COLOURS,
    GREY,
    INK,
    VERMILION,
    class_colour,
    grey_limit,
    new_figure,
    tidy,
)
from triceras.figures.types import Axes, AxesImage, Figure

__all__ = [
    "BLUE",
    "CLASS_COLOURS",
    "GREY",
    "INK",
    "VERMILION",
    "Axes",
    "AxesImage",
    "Figure",
    "RunFigure",
    "Subject",
    "class_colour",
    "grey_limit",
    "moving_average",
    "new_figure",
    "read_columns",
    "settled",
    "thinned",
    "tidy",
]
