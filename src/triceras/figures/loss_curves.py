"""How the loss went, step by step and epoch by epoch."""

import keras
import numpy as np

from triceras.errors import UserError
from triceras.figures.curves import moving_average, thinned
from triceras.figures.figure import RunFigure, Subject
from triceras.figures.records import Columns, read_columns
from triceras.figures.style import BLUE, PALE_BLUE, VERMILION, new_figure, tidy
from triceras.figures.types import Axes, Figure

# The first steps and epochs, this share of all, may leave the picture at the top.
WARM_UP = 0.02
# So may all but this share of the other steps, which are noisy.
SHOWN = 0.995
LOG_SCALE_RATIO = 10
IN_NATS = (
    keras.losses.BinaryCrossentropy,
    keras.losses.CategoricalCrossentropy,
    keras.losses.SparseCategoricalCrossentropy,
)


class LossCurves(RunFigure):
    """Shows the loss of each step, and training against validation at the ends of the epochs."""

    def draw(self, subject: Subject) -> Figure:
        from matplotlib.ticker import MaxNLocator

        steps = read_columns(subject.folder / "steps.csv", "step", "loss")
        epochs = read_columns(subject.folder / "epochs.csv", "step", "loss", "val_loss")
        panels = [(draw_steps, steps)] if "loss" in steps else []
        # One epoch is no curve.
        if len(epochs.get("loss", [])) > 1 or (epochs and not panels):
            panels.append((draw_epochs, epochs))
        if not panels:
            raise UserError(f"no losses are recorded yet in {subject.folder}")
        facts = []
        if np.any(np.isfinite(epochs.get("val_loss", np.nan))):
            facts.append(f"lowest validation loss {np.nanmin(epochs['val_loss']):.4g}")
        figure = new_figure(
            4.6 * max(len(panels), 1.4), 3.8, "Loss during training", subject, *facts
        )
        for axes, (draw, columns) in zip(
            figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
        ):
            draw(axes, columns)
            axes.set_xlabel("training steps")
            axes.set_ylabel(f"loss{unit_of(subject.model)}")
            axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
            axes.xaxis.set_major_formatter("{x:,.0f}")
            axes.legend(framealpha=0.85, edgecolor="none", fontsize=8)
            tidy(axes)
        return figure


def draw_steps(axes: Axes, columns: Columns) -> None:
    """Draws the loss of each step, and the line that the noise is around."""
    step, loss = columns["step"], columns["loss"]
    smooth = moving_average(loss)
    axes.plot(*thinned(step, loss), color=PALE_BLUE, linewidth=0.6, label="each step")
    axes.plot(step, smooth, color=BLUE, linewidth=1.5, label="moving average")
    low, high = np.quantile(settled(loss), (1 - SHOWN, SHOWN))
    line = settled(smooth)
    logarithmic = bool(np.min(loss) > 0 and np.max(line) > LOG_SCALE_RATIO * np.min(line))
    set_range(axes, min(low, np.min(line)), max(high, np.max(line)), logarithmic)


def draw_epochs(axes: Axes, columns: Columns) -> None:
    """Draws the means of training and the results of validation."""
    shown = []
    for name, label, colour, marker in (
        ("loss", "training, mean of the epoch", BLUE, "o"),
        ("val_loss", "validation, end of the epoch", VERMILION, "s"),
    ):
        known = np.isfinite(columns.get(name, np.array(np.nan)))
        if not np.any(known):
            continue
        loss = columns[name][known]
        size = 3.5 if len(loss) <= 50 else 0
        axes.plot(
            columns["step"][known],
            loss,
            color=colour,
            marker=marker,
            markersize=size,
            linewidth=1.5,
            label=label,
        )
        shown.append(settled(loss))
    values = np.concatenate(shown)
    low, high = np.min(values), np.max(values)
    set_range(axes, low, high, logarithmic=bool(low > 0 and high > LOG_SCALE_RATIO * low))


def settled(values: np.ndarray) -> np.ndarray:
    """Leaves out the warm-up."""
    return values[int(WARM_UP * len(values)) :]


def set_range(axes: Axes, low: float, high: float, logarithmic: bool) -> None:
    """Shows the losses from `low` to `high` and a little more."""
    from matplotlib.ticker import LogLocator, NullFormatter

    if logarithmic:
        margin = (high / low) ** 0.05
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter("{x:g}")
        if high < 1000 * low:
            axes.yaxis.set_minor_locator(LogLocator(subs=(2, 5)))
            axes.yaxis.set_minor_formatter("{x:g}")
        else:
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(low / margin, high * margin)
    else:
        margin = 0.05 * (high - low or abs(high) or 1.0)
        axes.set_ylim(low - margin, high + margin)


def unit_of(model: keras.Model) -> str:
    """The unit of a model's loss, where its attribute `unit` or Keras's own loss says it."""
    unit = "nats" if isinstance(model.loss, IN_NATS) else getattr(model.loss, "unit", None)
    return f" ({unit})" if unit else ""
