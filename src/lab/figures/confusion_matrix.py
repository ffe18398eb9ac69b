"""Which classes a classifier takes for which."""

from typing import Any

import numpy as np

from lab.figures.classes import names_of, texts_of
from lab.figures.images import in_batches
from lab.figures.outputs import output_named
from lab.models.logits import takes_logits
from triceras.data import label_of
from triceras.errors import UserError
from triceras.figures import GREY, INK, Figure, RunFigure, Subject, new_figure


class ConfusionMatrix(RunFigure):
    """Counts the classes predicted for the test images of each class.

    Numbers are counts; colours are shares of a row, so that they compare classes of any size.
    Classes are called by the data's `class_names`, where these declare them, or by the texts of a
    table's labels, or else by number.

    Of two classes a model may give one number: the log odds of the second, or its probability, as
    the loss says.

    Args:
        output: name of the output that gives logits; `None` for the only one.
    """

    def __init__(self, output: str | None = None):
        self.output = output

    def draw(self, subject: Subject) -> Figure:
        from sklearn.metrics import confusion_matrix

        test, model = subject.data.test, subject.model
        batch = subject.test_batch()
        labels = output_named(self.output, batch.targets)
        logits = in_batches(
            lambda x: output_named(self.output, model(x, training=False)), batch.inputs
        )
        # Of several outputs, each has classes of its own.
        part = output_named(self.output, subject.batch.targets)
        texts = texts_of(subject.data, part)
        count = len(texts) if texts and part != label_of(subject.data) else subject.data.classes
        if count is None:
            raise UserError(f"the data {subject.data.name} have no classes: use figures=none")
        classes = np.arange(count)
        loss = getattr(model, "loss", None)
        loss = loss.get(self.output) if isinstance(loss, dict) else loss
        predicted = predicted_classes(logits, len(classes), loss)
        counts = confusion_matrix(np.reshape(labels, -1), predicted, labels=classes)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        accuracy = np.trace(counts) / len(test)
        figure = new_figure(
            6.2,
            5.9,
            f"Test accuracy {accuracy:.1%}: {np.trace(counts):,} of {len(test):,} examples",
            subject,
        )
        axes = figure.subplots()
        shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for row, column in np.ndindex(*counts.shape):
            dark = shares[row, column] > 0.5
            axes.annotate(
                str(counts[row, column]),
                (column, row),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else INK if counts[row, column] else "#bbbbbb",
            )
        names = names_of(subject.data, classes, part)
        # Words side by side would be over each other.
        words = max(map(len, names)) > 2
        axes.set_xticks(
            classes, names, rotation=45 if words else 0, ha="right" if words else "center"
        )
        axes.set_yticks(classes, names)
        axes.set_xlabel("predicted class", fontsize=9, color=INK)
        axes.set_ylabel("true class", fontsize=9, color=INK)
        axes.tick_params(length=0, labelsize=8, labelcolor=INK)
        axes.spines[:].set_color(GREY)
        bar = figure.colorbar(shown, ax=axes, shrink=0.8)
        bar.set_label("share of the true class", fontsize=9, color=INK)
        bar.ax.tick_params(labelsize=8, labelcolor=INK)
        bar.outline.set_visible(False)
        return figure


def predicted_classes(outputs: np.ndarray, classes: int, loss: Any) -> np.ndarray:
    """The class that a model takes for the likeliest.

    Args:
        outputs: `(n, classes)`; of two classes `(n, 1)` or `(n,)` too.
        classes: how many there are.
        loss: of this output; it says whether one number is a probability, or log odds.

    Returns:
        Whole numbers `(n,)`.

    Raises:
        UserError: outputs are of another shape, or the loss does not say.
    """
    hinge = "hinge" in str(getattr(loss, "name", loss)).lower()
    logits = hinge or (None if loss is None else takes_logits(loss))
    if classes == 2 and outputs.size == len(outputs) and logits is not None:
        return (outputs.reshape(-1) > (0 if logits else 0.5)).astype(int)
    if outputs.ndim == 2 and outputs.shape[1] == classes:
        return np.argmax(outputs, axis=-1)
    numbers = " x ".join(map(str, outputs.shape[1:])) or "1"
    raise UserError(
        f"the model gives {numbers} numbers for an example, and a confusion matrix is of one for "
        f"each of the {classes} classes, or, of two classes, of one whose loss has an attribute "
        "from_logits: give the network as many outputs, or leave the figure out"
    )
