"""When training and when validation understood."""

import numpy as np

from triceras.errors import UserError
from triceras.figures import (
    BLUE,
    VERMILION,
    Figure,
    RunFigure,
    Subject,
    new_figure,
    read_columns,
    tidy,
)


class AccuracyCurves(RunFigure):
    """Shows the accuracies of each epoch over the steps, counted in powers of ten.

    Args:
        threshold: a line is drawn where an accuracy first passes it.
    """

    def __init__(self, threshold: float = 0.99):
        self.threshold = threshold

    def draw(self, subject: Subject) -> Figure:
        columns = read_columns(subject.folder / "epochs.csv", "step", "accuracy", "val_accuracy")
        if not {"accuracy", "val_accuracy"} <= set(columns):
            raise UserError(f"no accuracy of training and validation is in {subject.folder}")
        figure = new_figure(5.6, 3.8, "Accuracy during training", subject)
        axes = figure.subplots()
        for name, label, colour in (
            ("accuracy", "training", BLUE),
            ("val_accuracy", "validation", VERMILION),
        ):
            passed = first_above(columns["step"], columns[name], self.threshold)
            if passed is not None:
                axes.axvline(passed, color=colour, linewidth=0.8, linestyle=":")
                label += f", {self.threshold:g} at step {passed:,.0f}"
            axes.plot(columns["step"], columns[name], color=colour, linewidth=1.5, label=label)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_ylim(-0.03, 1.03)
        axes.set_xlabel("training steps")
        axes.set_ylabel("accuracy")
        axes.legend(framealpha=0.85, edgecolor="none", fontsize=8)
        tidy(axes)
        return figure


def first_above(steps: np.ndarray, values: np.ndarray, threshold: float) -> float | None:
    """The first step at which a value is above a threshold; `None` where there is none."""
    above = steps[values > threshold]
    return float(above[0]) if len(above) else None
