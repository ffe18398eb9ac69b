"""How the losses of several objectives went, step by step."""

from triceras.engines import objectives_of
from triceras.errors import UserError
from triceras.figures import (
    Figure,
    RunFigure,
    Subject,
    class_colour,
    moving_average,
    new_figure,
    read_columns,
    settled,
    thinned,
    tidy,
)

FAINT = 0.3


class ObjectiveCurves(RunFigure):
    """Shows the loss of each objective of a model, each step's and the line it is around."""

    def draw(self, subject: Subject) -> Figure:
        from matplotlib.ticker import MaxNLocator

        names = [objective.name for objective in objectives_of(subject.model)]
        columns = read_columns(subject.folder / "steps.csv", "step", *names)
        if "step" not in columns or not set(names) <= set(columns):
            raise UserError(f"no losses are recorded yet in {subject.folder}")
        figure = new_figure(6.4, 3.8, "Loss of each objective during training", subject)
        axes = figure.subplots()
        # From 0 on, where no loss is below it.
        lowest, highest = 0.0, 0.0
        for number, name in enumerate(names):
            loss, colour = columns[name], class_colour(number)
            axes.plot(*thinned(columns["step"], loss), color=colour, alpha=FAINT, linewidth=0.6)
            axes.plot(
                columns["step"],
                moving_average(loss),
                color=colour,
                linewidth=1.5,
                label=name.replace("_", " "),
            )
            highest = max(highest, float(settled(loss).max()))
            lowest = min(lowest, float(settled(loss).min()))
        margin = 0.05 * (highest - lowest or 1.0)
        axes.set_ylim(lowest - margin if lowest < 0 else 0, highest + margin)
        axes.set_xlabel("training steps")
        axes.set_ylabel("loss")
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.legend(framealpha=0.85, edgecolor="none", fontsize=8)
        tidy(axes)
        return figure
