"""Runs as tables of a columnar engine."""

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

from triceras.reporting.comparison import Comparison
from triceras.reporting.keys import ABSENT, SEED
from triceras.reporting.run_files import FINISHED, Run, printable

# As a number of a table it would be another.
LARGEST = 2**53
SECONDS = ("startup", "build", "compile", "train", "total")


def column(name: str, values: Sequence[Any]) -> pl.Series:
    """Values of one setting: numbers where all are, else texts as they are typed."""
    kinds = {type(value) for value in values if value is not None}
    large = any(isinstance(value, int) and abs(value) > LARGEST for value in values)
    if kinds <= {int, float} and kinds and not large:
        number = pl.Int64 if kinds == {int} else pl.Float64
        return pl.Series(name, values, dtype=number, strict=False)
    return pl.Series(name, [None if v is None else text(v) for v in values], dtype=pl.String)


def text(value: Any) -> str:
    """A value as it is typed."""
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)


def whole(value: Any) -> int | None:
    """A whole number, or nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A number, or nothing."""
    return float(value) if isinstance(value, int | float) else None


def runs_table(comparison: Comparison) -> pl.DataFrame:
    """A row for each run of a comparison: its setting, how it ended, and what it took."""
    runs = comparison.runs
    keys = [column(name, values) for name, values in comparison.keys.items()]
    return pl.DataFrame(
        [
            pl.Series("place", comparison.places, dtype=pl.Int64),
            pl.Series("cell", comparison.cells, dtype=pl.Int64),
            *facts(runs),
            *(each.rename(f"settings.{each.name}") for each in keys),
            *costs(runs),
        ]
    )


def facts(runs: Sequence[Run]) -> list[pl.Series]:
    """What identifies runs, and how they ended."""
    return [
        pl.Series("experiment", [experiment_of(run) for run in runs], dtype=pl.String),
        pl.Series("id", [run.id for run in runs], dtype=pl.String),
        pl.Series("seed", [text(run.settings.get(SEED, ABSENT)) for run in runs]),
        pl.Series("status", [run.status for run in runs], dtype=pl.String),
        pl.Series("line", [run.line for run in runs], dtype=pl.String),
        pl.Series("folder", [printable(str(run.folder)) for run in runs], dtype=pl.String),
        pl.Series("started", [run.record.get("started") for run in runs], dtype=pl.String),
        pl.Series("resumed", [bool(run.record.get("resumed_from")) for run in runs]),
        pl.Series("data_sha256", [run.record.get("data_sha256") for run in runs], dtype=pl.String),
    ]


def experiment_of(run: Run) -> str:
    """The name of a run's experiment."""
    return str(run.settings.get("experiment") or run.record.get("experiment") or "")


def costs(runs: Sequence[Run]) -> list[pl.Series]:
    """What runs took; nothing for those that are not finished."""
    speeds = [number(run.summary.get("steps_per_second")) for run in runs]
    times = [run.summary.get("seconds") or {} for run in runs]
    return [
        pl.Series("steps", [whole(run.summary.get("steps")) for run in runs], dtype=pl.Int64),
        pl.Series("epochs", [whole(run.summary.get("epochs")) for run in runs], dtype=pl.Int64),
        pl.Series("parameters", [whole(run.summary.get("parameters")) for run in runs], pl.Int64),
        pl.Series("steps_per_second", speeds, dtype=pl.Float64),
        pl.Series("step_ms", [1000 / speed if speed else None for speed in speeds], pl.Float64),
        pl.Series(
            "peak_memory_mb",
            [number(run.summary.get("peak_memory_mb")) for run in runs],
            dtype=pl.Float64,
        ),
        *(
            pl.Series(f"seconds.{name}", [number(each.get(name)) for each in times], pl.Float64)
            for name in SECONDS
        ),
    ]


def metrics_table(comparison: Comparison) -> pl.DataFrame:
    """A row for each metric of each finished run: `run`, its place, and `metric`, `value`."""
    rows = [
        (place, metric, number(value))
        for place, run in enumerate(comparison.runs)
        if run.status == FINISHED
        for metric, value in run.metrics.items()
    ]
    return pl.DataFrame(
        rows, schema={"run": pl.Int64, "metric": pl.String, "value": pl.Float64}, orient="row"
    )


def with_metrics(table: pl.DataFrame, comparison: Comparison) -> pl.DataFrame:
    """The table of runs with `metrics.<name>` of each, NaN where it diverged."""
    names = dict.fromkeys(name for run in comparison.runs for name in run.metrics)
    first = [comparison.monitor] if comparison.monitor in names else []
    return table.with_columns(
        pl.Series(
            f"metrics.{name}",
            [number(run.metrics.get(name)) for run in comparison.runs],
            dtype=pl.Float64,
        )
        for name in dict.fromkeys([*first, *names])
    )


def is_number(value: float | None) -> bool:
    """Whether a value is there, and neither NaN nor infinite."""
    return value is not None and math.isfinite(value)
