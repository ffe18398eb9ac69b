"""A report on the terminal."""

import os
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from triceras.reporting.differences import BEST
from triceras.reporting.labels import (
    PREFIX,
    decimals,
    fixed,
    interval,
    keys_of,
    setting,
    short_names,
    shown,
)
from triceras.reporting.report import Compared, Report, titles
from triceras.reporting.run_files import FINISHED, printable

ROWS = 20
# Columns of numbers, beside those that count runs.
NUMBERS = ("", "n", "steps/s", "compile s", "MB")


def show(report: Report, unfinished: bool = True) -> None:
    """Prints the tables, what they say, and what a reader must know.

    Args:
        report: the report.
        unfinished: whether the runs that have not finished are named, with their lines.
    """
    terminal = Console()
    # In a file, whatever its width, lines stay in one piece.
    console = terminal if terminal.is_terminal else Console(width=1000)

    def tell(line: str, style: str = "") -> None:
        console.print(Text(line, style=style), soft_wrap=True)

    tell(told_counts(report.counts))
    for line in report.notes:
        tell(f"note: {line}", "yellow")
    for title, one in zip(titles(report.compared), report.compared, strict=True):
        console.print(table(title, one))
        if one.results.groups.height > ROWS:
            tell(f"and {one.results.groups.height - ROWS} more settings, in groups.csv")
        for line in one.verdict:
            tell(line, "bold")
        for line in one.notes:
            tell(f"note: {line}", "yellow")
    if not unfinished:
        return
    for run in report.unfinished[:ROWS]:
        tell(f"{run.status}: {printable(os.path.relpath(run.folder))}: {run.line}", "red")
    if len(report.unfinished) > ROWS:
        tell(f"and {len(report.unfinished) - ROWS} more that have not finished, in runs.csv", "red")


def told_counts(counts: Mapping[str, int]) -> str:
    """How many runs have ended how."""
    total = sum(counts.values())
    parts = ", ".join(f"{count:,} {status}" for status, count in counts.items())
    return f"{total:,} run{'' if total == 1 else 's'}: {parts}"


def table(title: str, one: Compared) -> Table:
    """The best settings of a comparison."""
    groups = one.results.groups
    keys = keys_of(groups)
    states = [name for name in states_of(groups.columns) if groups[name].sum()]
    best = one.differences.filter(against=BEST)
    against = {row["setting"]: row for row in best.iter_rows(named=True)}
    monitor, mode = one.results.comparison.monitor, one.results.comparison.mode
    heads = ["", *short_names(keys), "n", "mean ± sd", "95 % interval", "worse than the best by"]
    heads += [*states, "steps/s", "compile s", "MB"]
    rows = [
        (
            str(row["setting"]),
            *(setting(row[PREFIX + key]) for key in keys),
            str(row["n"]),
            spread(row, monitor),
            interval_of(row, monitor),
            worse(against.get(row["setting"]), mode),
            *(str(row[state] or "") for state in states),
            shown(row["steps_per_second_mean"], 3),
            shown(row["seconds.compile_mean"], 3),
            shown(row["peak_memory_mb_max"], 4),
        )
        for row in groups.head(ROWS).iter_rows(named=True)
    ]
    result = Table(title=Text(title), title_justify="left")
    kept = [i for i in range(len(heads)) if any(row[i] for row in rows)]
    for i in kept:
        result.add_column(Text(heads[i]), justify="right" if heads[i] in NUMBERS else "left")
    for row in rows:
        result.add_row(*(Text(row[i]) for i in kept))
    return result


def states_of(columns: list[str]) -> list[str]:
    """The columns that count runs which are not in the means."""
    start, end = columns.index(FINISHED) + 1, columns.index("n")
    return columns[start:end]


def spread(row: Mapping[str, Any], monitor: str) -> str:
    """A mean and the standard deviation over seeds."""
    mean, sd = row[f"{monitor}_mean"], row.get(f"{monitor}_sd")
    places = decimals(sd)
    return f"{fixed(mean, places)} ± {fixed(sd, places)}" if sd is not None else fixed(mean, places)


def interval_of(row: Mapping[str, Any], monitor: str) -> str:
    """The interval of a mean; of one seed there is none."""
    low, high = row.get(f"{monitor}_low"), row.get(f"{monitor}_high")
    return interval(low, high, decimals(row.get(f"{monitor}_sd")))


def worse(row: Mapping[str, Any] | None, mode: str) -> str:
    """By how much a setting is worse than the best, with the interval of that."""
    if row is None:
        return ""
    sign = 1 if mode == "min" else -1
    places = decimals(row["sd"])
    by = fixed(sign * row["difference"], places)
    if row["low"] is None:
        return by
    low, high = sorted((sign * row["low"], sign * row["high"]))
    return f"{by} ({interval(low, high, places)})"
