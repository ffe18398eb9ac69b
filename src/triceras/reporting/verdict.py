"""Which setting is best, and whether the difference may be noise, in words."""

from typing import Any

import polars as pl

from triceras.reporting.differences import BEST, ROUNDING
from triceras.reporting.groups import Results
from triceras.reporting.labels import decimals, fixed, interval, labels, plural
from triceras.shortened import shortened

ALPHA = 0.05
# How many of several best settings are named.
SHOWN = 3
NO_INTERVAL = "of one seed: no interval can be had, and another seed may say otherwise"


def verdict(results: Results, differences: pl.DataFrame) -> list[str]:
    """The sentences that a sweep was run for.

    Args:
        results: of a comparison.
        differences: of its settings.
    """
    monitor = results.comparison.monitor
    names = labels(results.groups)
    best = results.groups.row(0, named=True)
    if best[f"{monitor}_mean"] is None:
        return [f"no run has finished with a number for {monitor}: there is nothing to compare"]
    with_values = results.groups.filter(pl.col(f"{monitor}_mean").is_not_null()).height
    alike = as_good(results)
    if 1 < with_values == alike:
        return [
            f"all {alike} settings have the same {monitor}, and none is the best: "
            f"{reached(best, monitor)}"
        ]
    told = f"{names[0]}, {reached(best, monitor)}"
    if alike > 1:
        told += f", and as good: {shortened(names[1:alike], SHOWN, '; ')}"
    said = [f"best {monitor} ({results.comparison.mode}): {told}"]
    against = differences.filter(against=BEST)
    if with_values == 1:
        if len(names) > 1:
            said.append("no other setting has a value to compare it with")
        return said
    rows = {row["setting"]: row for row in against.iter_rows(named=True)}
    said.append(next_best(rows.get(alike + 1), names[alike], results.comparison.mode))
    said += unfit(results, names)
    if against.filter(pl.col("pairs") > 1).height > 1:
        said.append(others(against, with_values, results.comparison.mode))
    return said


def as_good(results: Results) -> int:
    """How many settings have the mean of the best, which come first; without it there is none."""
    groups, mean = results.groups, f"{results.comparison.monitor}_mean"
    best = groups.row(0, named=True)
    same = (groups[mean] - best[mean]).abs() <= ROUNDING * abs(best[mean])
    return int((same & ((groups["diverged"] > 0) == (best["diverged"] > 0))).sum())


def unfit(results: Results, names: list[str]) -> list[str]:
    """The settings that would be better, were it not for runs that ended with no number."""
    groups, monitor = results.groups, results.comparison.monitor
    mean, best = pl.col(f"{monitor}_mean"), groups[f"{monitor}_mean"][0]
    better = mean < best if results.comparison.mode == "min" else mean > best
    if groups["diverged"][0]:
        return []
    return [
        f"{names[row['setting'] - 1]} has a better mean, "
        f"{fixed(row[f'{monitor}_mean'], decimals(row[f'{monitor}_sd']))}, of the {row['n']} seeds "
        f"left after {row['diverged']} of its runs diverged: it is not taken for the best"
        for row in groups.filter(better, pl.col("diverged") > 0).iter_rows(named=True)
    ]


def reached(row: dict[str, Any], monitor: str) -> str:
    """What a setting reached."""
    mean, sd = row[f"{monitor}_mean"], row[f"{monitor}_sd"]
    places = decimals(sd)
    if row["n"] < 2:
        return f"{fixed(mean, places)}, {NO_INTERVAL}"
    ends = interval(row[f"{monitor}_low"], row[f"{monitor}_high"], places)
    told = f"{fixed(mean, places)} ± {fixed(sd, places)} over {row['n']} seeds"
    return f"{told}, 95 % interval of the mean {ends}"


def next_best(row: dict[str, Any] | None, name: str, mode: str) -> str:
    """How the best compares with the next.

    The best is so over its own seeds, or as the next has diverged: on shared seeds the next may be
    better, which is then said, with an interval of by how much.
    """
    if row is None:
        return f"the next is {name}: they share no seed, so they cannot be compared seed by seed"
    difference, pairs = row["difference"], row["pairs"]
    by = fixed(abs(difference), decimals(row["sd"], abs(difference)))
    seeds = f"{pairs} shared seeds" if pairs > 1 else "shared seed"
    if difference < 0 if mode == "min" else difference > 0:
        told = f"the next is {name}, which on the {seeds} is {by} better"
        return f"{told}, always the same" if row["sd"] == 0 else told + certainty(row)
    if row["sd"] == 0:
        alike = f"by {by}, always the same," if difference else "not at all"
        return f"the next is {name}; they differ {alike} on {seeds}"
    on = f" on {seeds}" if pairs > 1 else ""
    return f"the next is {name}, {by} away{on}{certainty(row)}"


def certainty(row: dict[str, Any]) -> str:
    """Whether a difference may be noise; its interval is of the size that is said before it."""
    if row["pairs"] < 2:
        return f", {NO_INTERVAL}"
    sign = -1 if row["difference"] < 0 else 1
    low, high = sorted((sign * row["low"], sign * row["high"]))
    ends = interval(low, high, decimals(row["sd"], abs(row["difference"])))
    if low <= 0 <= high:
        return f": this may be noise (95 % interval of the difference {ends})"
    if (row["p_holm"] or 0) >= ALPHA:
        return (
            f": by itself more than noise (95 % interval {ends}), and as one of several "
            "comparisons it may be noise"
        )
    return f": more than noise (95 % interval {ends})"


def others(against: pl.DataFrame, with_values: int, mode: str) -> str:
    """How many settings cannot be told from the best, all comparisons taken together."""
    worse = pl.col("difference") > 0 if mode == "min" else pl.col("difference") < 0
    apart = against.filter(pl.col("p_holm") < ALPHA, worse).height
    # Those with one pair, or with pairs that do not differ, have none.
    compared = against.filter(pl.col("p_holm").is_finite().fill_null(False)).height
    # Of these no test says anything, as there is no spread.
    alike = against.filter(pl.col("sd") == 0, pl.col("pairs") > 1, worse).height
    told = f", {alike} worse by the same on every seed" if alike else ""
    return (
        f"of {with_values - 1} other settings {apart} are worse beyond noise{told}, and "
        f"{with_values - 1 - apart - alike} cannot be told from the best (Holm, "
        f"{plural(compared, 'comparison')})"
    )
