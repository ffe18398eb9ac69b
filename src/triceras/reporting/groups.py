"""The settings of a comparison: what they reached over their seeds, and what they took."""

import dataclasses

import numpy as np
import polars as pl

from triceras.reporting.comparison import Comparison
from triceras.reporting.run_files import FINISHED
from triceras.reporting.statistics import bootstrap_interval, student_half_width
from triceras.reporting.tables import metrics_table, runs_table, with_metrics


@dataclasses.dataclass
class Results:
    """What came of a comparison.

    Args:
        comparison: the runs.
        runs: a row for each run, see `tables.runs_table`, with the number of its `setting`.
        groups: a row for each setting, the best first, numbered from 1.
        values: `setting`, `cell`, `seed` and `value` of the metric that is judged by.
    """

    comparison: Comparison
    runs: pl.DataFrame
    groups: pl.DataFrame
    values: pl.DataFrame


def results(comparison: Comparison) -> Results:
    """Takes the runs of a comparison together by their settings.

    A setting's values are one for each seed: where several of its runs have the same, their mean.
    What is NaN or infinite is in no mean, and counted as `diverged`, as are runs that failed of it.
    """
    runs = runs_table(comparison)
    metrics = metrics_table(comparison).join(
        runs.select("place", "cell", "seed").with_row_index("run").cast({"run": pl.Int64}), on="run"
    )
    finite = metrics.filter(pl.col("value").is_finite())
    cells = finite.group_by("place", "metric", "seed", "cell").agg(pl.col("value").mean())
    seeds = cells.group_by("place", "metric", "seed").agg(pl.col("value").mean())
    judged = metrics.filter(pl.col("metric") == comparison.monitor)
    groups = (
        counted(runs)
        .join(diverged(judged, lost(runs, comparison)), on="place", how="left")
        .join(over_seeds(seeds, comparison), on="place", how="left")
        .join(costs(runs), on="place", how="left")
        .with_columns(pl.col("diverged", "n").fill_null(0))
    )
    groups = ranked(groups, comparison)
    numbers = groups.select("place", "setting")
    values = cells.filter(pl.col("metric") == comparison.monitor).join(numbers, on="place")
    runs = with_metrics(
        runs.join(numbers, on="place", how="left", maintain_order="left"), comparison
    )
    return Results(
        comparison, runs, groups.drop("place"), values.select("setting", "cell", "seed", "value")
    )


def counted(runs: pl.DataFrame) -> pl.DataFrame:
    """Each setting with how many runs it has, and how these ended."""
    keys = [name for name in runs.columns if name.startswith("settings.")]
    states = [FINISHED, *sorted(set(runs["status"]) - {FINISHED})]
    return runs.group_by("place", maintain_order=True).agg(
        *(pl.col(key).first() for key in keys),
        pl.len().cast(pl.Int64).alias("runs"),
        *((pl.col("status") == each).sum().cast(pl.Int64).alias(each) for each in states),
    )


def lost(runs: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """The runs that failed as they diverged, and whose seed no run of their setting finished."""
    failed = runs.filter(pl.Series([run.diverged for run in comparison.runs], dtype=pl.Boolean))
    finished = runs.filter(pl.col("status") == FINISHED)
    return failed.join(finished, on=["place", "cell", "seed"], how="anti")


def diverged(judged: pl.DataFrame, failed: pl.DataFrame) -> pl.DataFrame:
    """How many runs of each setting ended with no number, or failed of it."""
    ended = judged.filter(~pl.col("value").is_finite())
    both = pl.concat([ended.select("place"), failed.select("place")])
    return both.group_by("place").agg(pl.len().cast(pl.Int64).alias("diverged"))


def over_seeds(seeds: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """`n` of each setting, and of each metric mean, standard deviation and 95 % interval.

    `<metric>_n` is there where it is not `n` for all settings.
    """
    table = seeds.group_by("place", "metric").agg(
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("value").mean().alias("mean"),
        pl.col("value").std(ddof=1).alias("sd"),
        pl.col("value").min().alias("least"),
        pl.col("value").max().alias("most"),
    )
    half = student_half_width(table["n"].to_numpy(), table["sd"].fill_null(np.nan).to_numpy())
    table = table.with_columns(
        pl.Series("low", table["mean"].to_numpy() - half).fill_nan(None),
        pl.Series("high", table["mean"].to_numpy() + half).fill_nan(None),
    )
    n = table.filter(pl.col("metric") == comparison.monitor).select("place", "n")
    result = pl.DataFrame({"place": sorted(set(comparison.places))}).join(n, on="place", how="left")
    names = table["metric"].unique(maintain_order=False).to_list()
    for name in sorted(names, key=lambda each: (each != comparison.monitor, each)):
        one = table.filter(pl.col("metric") == name)
        parts = ["mean", "sd", "low", "high"]
        parts += ["least", "most"] if name == comparison.monitor else []
        result = result.join(
            one.select("place", *(pl.col(part).alias(f"{name}_{part}") for part in parts), n_="n"),
            on="place",
            how="left",
        ).rename({"n_": f"{name}_n"})
        if (result[f"{name}_n"].fill_null(0) == result["n"].fill_null(0)).all():
            result = result.drop(f"{name}_n")
        if name == comparison.monitor:
            judged = seeds.filter(pl.col("metric") == name)
            result = result.join(bootstrapped(judged, name), on="place", how="left")
    return result


def bootstrapped(judged: pl.DataFrame, name: str) -> pl.DataFrame:
    """The bootstrap interval of each setting that has two seeds or more."""
    lists = judged.group_by("place").agg(pl.col("value").sort())
    places, lows, highs = [], [], []
    for (count,), group in lists.group_by(pl.col("value").list.len()):
        if count < 2:
            continue
        low, high = bootstrap_interval(np.array(group["value"].to_list()))
        places += group["place"].to_list()
        lows += low.tolist()
        highs += high.tolist()
    columns = {"place": places, f"{name}_bootstrap_low": lows, f"{name}_bootstrap_high": highs}
    kinds = [pl.Int64, pl.Float64, pl.Float64]
    return pl.DataFrame(columns, schema=dict(zip(columns, kinds, strict=True)))


def costs(runs: pl.DataFrame) -> pl.DataFrame:
    """What the finished runs of each setting took.

    The seconds of a run that was resumed are those of its last part, and in no mean.
    """
    whole = pl.col("status") == FINISHED, ~pl.col("resumed")
    return runs.group_by("place").agg(
        pl.col("parameters").max(),
        pl.col("steps").max(),
        pl.col("seconds.compile").filter(*whole).mean().alias("seconds.compile_mean"),
        pl.col("step_ms").mean().alias("step_ms_mean"),
        pl.col("steps_per_second").mean().alias("steps_per_second_mean"),
        pl.col("seconds.train").filter(*whole).mean().alias("seconds.train_mean"),
        pl.col("seconds.total").filter(*whole).mean().alias("seconds.total_mean"),
        pl.col("peak_memory_mb").max().alias("peak_memory_mb_max"),
    )


def ranked(groups: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """Settings by their means; then those of which runs diverged, then those without a value."""
    mean = f"{comparison.monitor}_mean"
    if mean not in groups.columns:
        groups = groups.with_columns(pl.lit(None, pl.Float64).alias(mean))
    better = pl.col(mean) if comparison.mode == "min" else -pl.col(mean)
    groups = groups.sort(
        pl.col(mean).is_null(), pl.col("diverged") > 0, better, "place", maintain_order=True
    )
    return groups.with_row_index("setting", offset=1).cast({"setting": pl.Int64})
