"""Draws a benchmark."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from triceras.benchmark.report import TITLES
from triceras.figures.style import BLUE, CLASS_COLOURS, DPI, GREY, INK, PALE_BLUE, tidy

BAR = 0.28  # inches


def speed(result: Mapping[str, Any]) -> Figure:
    """Milliseconds a step of each contender, a panel for each backend; lines from least to most."""
    backends = result["backends"]
    counts = [len(each["contenders"]) for each in backends.values()]
    figure = Figure(
        figsize=(8, 0.9 + BAR * sum(counts) + 0.6 * len(counts)), dpi=DPI, layout="constrained"
    )
    figure.suptitle(
        f"{result['experiment']}: milliseconds a step, and how often ours fits into it",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    panels = figure.subplots(len(backends), 1, squeeze=False, height_ratios=counts)[:, 0]
    for axes, (backend, each) in zip(panels, backends.items(), strict=True):
        draw_bars(axes, each["contenders"])
        axes.set_title(backend, loc="left", fontsize=9, color=INK)
    panels[-1].set_xlabel("ms a step")
    return figure


def draw_bars(axes: Any, contenders: Mapping[str, Any]) -> None:
    """A bar for each contender of a backend."""
    ours = contenders["ours"]["summary"]["median"]
    names = list(contenders)
    for place, name in enumerate(names):
        ms = contenders[name]["summary"]
        colour = BLUE if name == "ours" else PALE_BLUE
        axes.barh(place, ms["median"], color=colour, height=0.7)
        axes.plot([ms["least"], ms["most"]], [place, place], color=GREY, linewidth=1)
        note = f"{ms['median']:.2f}" + (
            "" if name == "ours" else f"  ({ms['median'] / ours:.1f} x)"
        )
        axes.text(max(ms["most"], ms["median"]), place, f" {note}", va="center", fontsize=7)
    labels = [
        TITLES[contenders[name]["kind"]] + ("" if name in TITLES else f": {name}") for name in names
    ]
    axes.set_yticks(range(len(names)), [label.replace("`", "") for label in labels])
    axes.invert_yaxis()
    tidy(axes)
    axes.grid(axis="y", visible=False)
    axes.margins(x=0.15)


def scale(result: Mapping[str, Any]) -> Figure:
    """Ours and the expert's over the size of the batch and of the hidden layers, and the ratio."""
    figure = Figure(figsize=(9, 6), dpi=DPI, layout="constrained")
    figure.suptitle(
        f"{result['experiment']}: ours (lines) and an expert's native code (dots)",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    panels = figure.subplots(2, 2, sharex="col", height_ratios=[2, 1])
    axis_of = {
        "batch_size": ("hidden_units", "batch size"),
        "hidden_units": ("batch_size", "width"),
    }
    for column, (axis, (other, label)) in enumerate(axis_of.items()):
        for colour, (backend, each) in zip(CLASS_COLOURS, result["backends"].items(), strict=False):
            points = [point for point in each["points"] if point[other] == each[other]]
            points.sort(key=lambda point: point[axis])
            x = np.array([point[axis] for point in points])
            above, below = panels[:, column]
            above.loglog(x, [p["ours"] for p in points], color=colour, label=backend)
            above.loglog(x, [p["expert"] for p in points], "o", color=colour, markersize=4)
            below.semilogx(x, [p["ratio"] for p in points], color=colour)
            below.fill_between(
                x,
                [p["least"] for p in points],
                [p["most"] for p in points],
                color=colour,
                alpha=0.15,
                linewidth=0,
            )
        above, below = panels[:, column]
        below.axhline(1, color=GREY, linewidth=0.8)
        below.set_xlabel(label)
        sizes = sorted({p[axis] for b in result["backends"].values() for p in b["points"]})
        below.set_xticks(sizes, [f"{size:,}" for size in sizes])
        below.minorticks_off()
        for axes in (above, below):
            tidy(axes)
    panels[0, 0].set_ylabel("ms a step")
    panels[1, 0].set_ylabel("ours / expert's")
    panels[0, 0].legend(frameon=False, fontsize=8)
    return figure


def whole(result: Mapping[str, Any]) -> Figure:
    """Seconds of whole runs over their steps: a row for each backend, from a cold and a warm cache.

    Of hand-written code that is as people write it, the faster form is drawn.
    """
    backends = result["backends"]
    figure = Figure(figsize=(8, 0.6 + 2.4 * len(backends)), dpi=DPI, layout="constrained")
    figure.suptitle(
        f"{result['experiment']}: seconds from the start of a process to its end",
        x=0.01,
        ha="left",
        fontsize=11,
        fontweight="bold",
        color=INK,
    )
    panels = figure.subplots(len(backends), 2, squeeze=False, sharex=True, sharey="row")
    for row, (backend, each) in zip(panels, backends.items(), strict=True):
        for axes, cache in zip(row, ("cold", "warm"), strict=True):
            points = [point for point in each["points"] if point["cache"] == cache]
            draw_whole(axes, sorted(points, key=lambda point: point["steps"]))
            axes.set_title(f"{backend}, {cache} cache", loc="left", fontsize=9, color=INK)
    for axes in panels[-1]:
        axes.set_xlabel("training steps")
    for axes in panels[:, 0]:
        axes.set_ylabel("s")
    panels[0, 0].legend(frameon=False, fontsize=7)
    return figure


def draw_whole(axes: Any, points: Sequence[Mapping[str, Any]]) -> None:
    """A line for each kind of contender."""
    kinds = [kind for kind in TITLES if any(kind in p["wall"]["ratios"] for p in points)]
    for kind, colour in zip(["ours", *kinds], CLASS_COLOURS, strict=False):
        x, y = [], []
        for point in points:
            name = kind if kind == "ours" else point["wall"]["ratios"].get(kind, {}).get("to")
            if name:
                x.append(point["steps"])
                y.append(float(np.median(point["contenders"][name]["wall"])))
        ours = kind == "ours"
        axes.plot(
            x,
            y,
            "o-",
            color=BLUE if ours else colour,
            linewidth=2 if ours else 1,
            markersize=3,
            label=TITLES[kind].replace("`", ""),
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    for formatted in (axes.yaxis.set_major_formatter, axes.yaxis.set_minor_formatter):
        formatted("{x:g}")
    steps = sorted({point["steps"] for point in points})
    axes.set_xticks(steps, [f"{count:,}" for count in steps])
    axes.xaxis.set_minor_locator(NullLocator())
    tidy(axes)
