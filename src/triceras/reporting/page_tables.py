"""The tables of a page."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from triceras.reporting.differences import BEST
from triceras.reporting.html import Cell, Head, number, table
from triceras.reporting.labels import (
    PREFIX,
    decimals,
    interval,
    keys_of,
    setting,
    short_names,
    shown,
)
from triceras.reporting.report import Compared
from triceras.reporting.run_files import Run, printable
from triceras.reporting.terminal import interval_of, spread, states_of, worse

# Rows of the table of all runs; the rest is in runs.csv.
RUNS = 2000
LATER = "after compilation, mean of the runs; of one that was resumed, of its last part"
COSTS = {
    "steps_per_second_mean": ("steps/s", LATER),
    "step_ms_mean": ("ms/step", LATER),
    "seconds.compile_mean": ("compile s", "mean of the runs; a compiler's cache shortens it"),
    "seconds.total_mean": ("total s", "mean of the runs that were never resumed"),
    "peak_memory_mb_max": ("MB", "largest peak of a run, main memory"),
    "parameters": ("parameters", ""),
}


def setting_cell(value: Any) -> Cell:
    """A cell with a value of a setting."""
    if isinstance(value, int | float):
        return number(shown(value), value)
    return Cell(setting(value))


def settings_table(identity: str, one: Compared) -> str:
    """A row for each setting, the best first."""
    groups, monitor = one.results.groups, one.results.comparison.monitor
    keys, states = keys_of(groups), states_of(groups.columns)
    states = [name for name in states if groups[name].sum()]
    others = other_metrics(groups, monitor)
    heads = [
        Head("#", "rank"),
        *(Head(name, key) for name, key in zip(short_names(keys), keys, strict=True)),
        Head("n", "seeds in the mean"),
        Head(monitor, "mean over the seeds ± their standard deviation"),
        Head("95 % interval", "of the mean, Student's t"),
        Head("bootstrap", "95 % interval of the mean; with few seeds it is too narrow"),
        Head("worse by", "than the best: mean of paired differences, and its 95 % interval"),
        Head("pairs", "seeds that both have"),
        Head("effect", "Hedges' g of the paired differences"),
        Head("p", "of the paired differences, Holm's correction for all comparisons"),
        *(Head(state, "runs that are in no mean") for state in states),
        *(Head(text, told) for text, told in COSTS.values()),
        *(Head(name, "mean ± standard deviation", "more") for name in others),
    ]
    against = {
        row["setting"]: row for row in one.differences.filter(against=BEST).iter_rows(named=True)
    }
    rows = []
    for row in groups.iter_rows(named=True):
        best = ' class="best"' if row["setting"] == BEST and row["n"] else ""
        cells = [
            number(str(row["setting"]), row["setting"]),
            *(setting_cell(row[PREFIX + key]) for key in keys),
            number(str(row["n"]), row["n"]),
            *reached(row, monitor),
            *difference(against.get(row["setting"]), one.results.comparison.mode),
            *(number(str(row[state] or ""), row[state]) for state in states),
            *(number(shown(row[name], 4), row[name]) for name in COSTS),
            *(number(spread(row, name), row[f"{name}_mean"], "more") for name in others),
        ]
        rows.append((f'data-setting="{row["setting"]}"{best}', cells))
    return table(identity, heads, rows, "settings")


def other_metrics(groups: pl.DataFrame, monitor: str) -> list[str]:
    """The metrics beside the one that is judged by."""
    means = [name for name in groups.columns if name.endswith("_mean") and name not in COSTS]
    names = [name.removesuffix("_mean") for name in means if f"{name[:-5]}_sd" in groups.columns]
    return [name for name in names if name != monitor]


def reached(row: Mapping[str, Any], monitor: str) -> list[Cell]:
    """What a setting reached, and how sure that is."""
    places = decimals(row.get(f"{monitor}_sd"))
    low, high = row.get(f"{monitor}_bootstrap_low"), row.get(f"{monitor}_bootstrap_high")
    return [
        number(spread(row, monitor), row[f"{monitor}_mean"]),
        number(interval_of(row, monitor), row.get(f"{monitor}_low")),
        number(interval(low, high, places), low),
    ]


def difference(row: Mapping[str, Any] | None, mode: str) -> list[Cell]:
    """How a setting compares with the best."""
    if row is None:
        return [number("", None)] * 4
    sign = 1 if mode == "min" else -1
    return [
        number(worse(row, mode), sign * row["difference"]),
        number(str(row["pairs"]), row["pairs"]),
        number(shown(row["effect_size"], 3), row["effect_size"]),
        number(shown(row["p_holm"], 2), row["p_holm"]),
    ]


def runs_table(identity: str, one: Compared) -> str:
    """A row for each run, those too that are in no mean."""
    runs, monitor = one.results.runs, one.results.comparison.monitor
    keys = [name for name in runs.columns if name.startswith(PREFIX)]
    names = short_names([key.removeprefix(PREFIX) for key in keys])
    heads = [Head(name) for name in ("#", *names, "seed", "status", monitor, "steps/s")]
    heads += [Head(name) for name in ("compile s", "total s", "MB", "run")]
    rows = []
    for row in runs.sort("setting", "seed").head(RUNS).iter_rows(named=True):
        value = row.get(f"metrics.{monitor}")
        cells = [
            number(str(row["setting"]), row["setting"]),
            *(setting_cell(row[key]) for key in keys),
            Cell(row["seed"]),
            Cell(row["status"] + (", resumed" if row["resumed"] else ""), kind="status"),
            number("" if value is None else f"{value:.6g}", value),
            number(shown(row["steps_per_second"], 4), row["steps_per_second"]),
            number(shown(row["seconds.compile"], 3), row["seconds.compile"]),
            number(shown(row["seconds.total"], 4), row["seconds.total"]),
            number(shown(row["peak_memory_mb"], 4), row["peak_memory_mb"]),
            Cell(os.path.relpath(row["folder"]), kind="folder"),
        ]
        rows.append(("", cells))
    return table(identity, heads, rows)


def unfinished_table(identity: str, runs: Sequence[Run]) -> str:
    """A row for each run that has not finished, with its line."""
    heads = [Head(name) for name in ("status", "line", "what it was", "where")]
    rows = []
    for run in runs[:RUNS]:
        hidden = ("sweep_id", "resume", "output_dir")
        typed = " ".join(f"{key}={value}" for key, value in run.words.items() if key not in hidden)
        cells = [
            Cell(run.status, kind="bad status"),
            Cell(run.line, kind="line"),
            Cell(typed, kind="line"),
            Cell(printable(os.path.relpath(run.folder)), kind="folder"),
        ]
        rows.append(("", cells))
    return table(identity, heads, rows)
