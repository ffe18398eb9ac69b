"""The curves on top of each other, and how far they are apart."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from omegaconf import DictConfig

from triceras.figures.curves import thinned
from triceras.figures.style import GREY, class_colour, figure_with_header, tidy
from triceras.parity.compare import CHAOS, REPEAT, Comparison
from triceras.parity.difference import loss_differences
from triceras.parity.evidence import Evidence

# Each curve is narrower than the one under it, so that all can be seen where they are one.
WIDEST, NARROWEST = 5.0, 0.8
# With as few, single values between steps without a difference must be seen.
FEW_STEPS = 100


def draw(
    config: DictConfig, evidence: Mapping[str, Evidence], comparisons: Sequence[Comparison]
) -> Figure:
    """Draws the loss of every run, and below it the difference of each comparison.

    Args:
        config: see `conf/parity.yaml`.
        evidence: by label.
        comparisons: those of the evidence.
    """
    figure = figure_with_header(
        7.5,
        6.4,
        "One seed, one curve",
        config.experiment,
        f"{config.steps:,} steps",
        f"batch size {config.batch_size}",
        f"seed {config.seed}",
    )
    losses, differences = figure.subplots(2, 1, sharex=True)
    draw_losses(losses, evidence)
    draw_differences(differences, evidence, comparisons, config.tolerance)
    for axes in (losses, differences):
        axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.legend(framealpha=0.85, edgecolor="none", fontsize=7)
        tidy(axes)
    differences.set_xlabel("training steps")
    return figure


def draw_losses(axes: Axes, evidence: Mapping[str, Evidence]) -> None:
    """Draws every curve, those that are drawn later narrower."""
    curves = {
        f"{label} {loop} {name}".removesuffix(" loss"): values
        for label, one in evidence.items()
        if not label.endswith("-again")
        for loop, logs in one.losses.items()
        for name, values in logs.items()
    }
    widths = np.geomspace(WIDEST, NARROWEST, len(curves))
    for i, (label, values) in enumerate(curves.items()):
        axes.plot(
            *thinned(np.arange(len(values)), values),
            color=class_colour(i),
            linewidth=widths[i],
            label=label,
        )
    axes.set_ylabel("loss")


def draw_differences(
    axes: Axes,
    evidence: Mapping[str, Evidence],
    comparisons: Sequence[Comparison],
    tolerance: Mapping[str, float],
) -> None:
    """Draws the relative difference of each step, on a logarithmic scale that leaves out 0."""
    for i, comparison in enumerate(comparisons):
        if comparison.kind == REPEAT:
            continue
        reference, other = (evidence[label].losses[loop] for label, loop in comparison.curves)
        values = loss_differences(reference, other)
        shown = np.where((values > 0) & np.isfinite(values), values, np.nan)
        axes.plot(
            shown,
            marker="." if len(shown) <= FEW_STEPS else None,
            color=GREY if comparison.kind == CHAOS else class_colour(i),
            linewidth=0.8,
            label=f"{comparison.other} against {comparison.reference}",
        )
    axes.axhline(tolerance["loss"], color="black", linestyle="--", linewidth=0.8, label="allowed")
    axes.set_yscale("log")
    axes.set_ylabel("relative difference")
