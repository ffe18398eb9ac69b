"""What a regression predicts, against what is true."""

import numpy as np

from lab.figures.images import in_batches
from lab.figures.outputs import output_named
from triceras.errors import UserError
from triceras.figures import BLUE, GREY, Figure, RunFigure, Subject, new_figure, tidy


class PredictionScatter(RunFigure):
    """Shows each test example as a point, which lies on the line where a prediction is right.

    Args:
        output: name of the output, of shape `(batch, 1)`; `None` for the only one.
        quantity: what is predicted.
    """

    def __init__(self, output: str | None = None, quantity: str = "target"):
        self.output = output
        self.quantity = quantity

    def draw(self, subject: Subject) -> Figure:
        batch, model = subject.test_batch(), subject.model
        predicted = in_batches(
            lambda x: output_named(self.output, model(x, training=False)), batch.inputs
        )
        true = np.asarray(output_named(self.output, batch.targets))
        if true.size != len(true) or predicted.size != len(true):
            raise UserError(
                f"PredictionScatter shows one number of an example, and these have {true.shape[1:]}"
                f" and the model gives {predicted.shape[1:]}: use another figure"
            )
        predicted, true = predicted.ravel(), true.ravel()
        error = np.sqrt(np.mean((predicted - true) ** 2))
        spread = np.var(true)
        # Of what is always the same, no share is explained.
        explained = f"R² {1 - error**2 / spread:.3f}, " if spread > 0 else ""
        figure = new_figure(
            4.9,
            5.1,
            f"Test {explained}root mean square error {error:.3g}",
            subject,
        )
        axes = figure.subplots()
        ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
        axes.plot(ends, ends, color=GREY, linewidth=1)
        axes.scatter(true, predicted, s=12, color=BLUE, alpha=0.6, linewidths=0)
        axes.set_xlabel(f"true {self.quantity}")
        axes.set_ylabel(f"predicted {self.quantity}")
        axes.set_aspect("equal")
        tidy(axes)
        return figure
