"""The learning curves of settings: means over their seeds, and how sure these are."""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from triceras.reporting.groups import Results
from triceras.reporting.records import read_records
from triceras.reporting.run_files import FINISHED
from triceras.reporting.statistics import student_half_width

# The best settings that have curves, and the points of one: fewer where a page holds many.
SETTINGS = (12, 48)
POINTS = (40, 200)
# Numbers of all curves of a page.
BUDGET = 400_000
# At each point: mean, low, high, least, most.
PARTS = 5
DIGITS = 6
AXES = ("run", "epoch", "step")


@dataclasses.dataclass
class Curves:
    """Curves of the best settings.

    Args:
        unit: of the horizontal axis, `epoch` or, where runs had but one, `step`.
        metrics: their names.
        settings: of each setting its number, `x`, and by metric `mean`, `low`, `high`, `least` and
            `most`; `None` where one of its runs has no number.
    """

    unit: str
    metrics: list[str]
    settings: list[dict[str, Any]]


def curves(results: Results, budget: int = BUDGET) -> Curves:
    """Reads what the finished runs of the best settings recorded.

    A point is the mean over all seeds of a setting. Where one of them has no record, as it ended
    earlier, there is none: the mean of the others would not be of the same runs.

    Args:
        results: of a comparison.
        budget: about how many numbers the curves may take.
    """
    chosen = results.runs.with_row_index("run").filter(
        pl.col("status") == FINISHED, pl.col("setting") <= SETTINGS[1]
    )
    chosen = chosen.select(pl.col("run").cast(pl.Int64), "setting", "seed", "cell")
    runs = results.comparison.runs
    folders = {run: runs[run].folder for run in chosen["run"]}
    table, unit = read_records({run: each / "epochs.csv" for run, each in folders.items()}), "epoch"
    if table.is_empty() or table["epoch"].max() == 0:
        steps = read_records({run: each / "steps.csv" for run, each in folders.items()})
        if not steps.is_empty():
            table, unit = binned(steps), "step"
    metrics = [name for name in table.columns if name not in AXES]
    # The one that is judged by comes first, then its own of training.
    monitor = results.comparison.monitor
    first = [name for name in (monitor, monitor.removeprefix("val_")) if name in metrics]
    metrics = list(dict.fromkeys([*first, *metrics]))
    if table.is_empty() or not metrics:
        return Curves(unit, [], [])
    each = PARTS * len(metrics)
    count = between(budget // (each * POINTS[0]), *SETTINGS)
    chosen = chosen.filter(pl.col("setting") <= count)
    table = table.join(chosen, on="run").with_columns(pl.col(metrics).fill_null(float("nan")))
    means = over_seeds(table, metrics, chosen)
    points = between(budget // (each * max(means["setting"].n_unique(), 1)), *POINTS)
    return Curves(unit, metrics, list(settings_of(means, metrics, unit, points)))


def between(value: int, least: int, most: int) -> int:
    """The nearest number that is neither below nor above two others."""
    return min(max(value, least), most)


def binned(steps: pl.DataFrame) -> pl.DataFrame:
    """Steps in the place of epochs: means of so many after each other that few points are left."""
    width = int(np.ceil((steps["step"].max() + 1) / POINTS[1]))  # pyright: ignore
    place = (pl.col("step") // width).alias("epoch")
    means = steps.group_by("run", place, maintain_order=True).agg(pl.exclude(*AXES).mean())
    return means.with_columns(step=(pl.col("epoch") + 1) * width)


def over_seeds(table: pl.DataFrame, metrics: Sequence[str], chosen: pl.DataFrame) -> pl.DataFrame:
    """Of each setting and epoch, and each metric, what all seeds together give."""
    counts = chosen.group_by("setting").agg(pl.len().alias("all"))
    whole = table.group_by("setting", "epoch").agg(pl.len().alias("there"))
    whole = whole.join(counts, on="setting").filter(pl.col("there") == pl.col("all"))
    seeds = (
        table.join(whole.select("setting", "epoch"), on=["setting", "epoch"])
        .group_by("setting", "epoch", "seed")
        .agg(pl.col("step").mean(), *(pl.col(name).mean() for name in metrics))
    )
    parts = [pl.col("step").mean(), pl.len().alias("n")]
    for name in metrics:
        # A run without a number makes a gap: neither the others' mean nor 0 would be true.
        value = pl.when(pl.col(name).is_finite().all()).then(pl.col(name))
        parts += [
            value.mean().alias(f"{name} mean"),
            value.std(ddof=1).alias(f"{name} sd"),
            value.min().alias(f"{name} least"),
            value.max().alias(f"{name} most"),
        ]
    return seeds.group_by("setting", "epoch").agg(parts).sort("setting", "epoch")


def settings_of(
    means: pl.DataFrame, metrics: Sequence[str], unit: str, points: int
) -> Iterator[dict[str, Any]]:
    """Each setting's number with its curves, of so many points at most."""
    for (setting,), table in means.group_by("setting", maintain_order=True):
        kept = np.unique(np.linspace(0, table.height - 1, min(table.height, points)).astype(int))
        table = table[kept]
        x = table["epoch"] + 1 if unit == "epoch" else table["step"]
        found: dict[str, Any] = {"setting": setting, "x": x.to_list()}
        for name in metrics:
            half = student_half_width(
                table["n"].to_numpy(), table[f"{name} sd"].fill_null(np.nan).to_numpy()
            )
            mean = table[f"{name} mean"].fill_null(np.nan).to_numpy()
            found[name] = {
                "mean": rounded(mean),
                "low": rounded(mean - half),
                "high": rounded(mean + half),
                "least": rounded(table[f"{name} least"]),
                "most": rounded(table[f"{name} most"]),
            }
        yield found


def rounded(values: Any) -> list[float | None]:
    """Numbers of few digits, `None` for none."""
    return [
        None if value is None or not np.isfinite(value) else float(f"{value:.{DIGITS}g}")
        for value in values
    ]
