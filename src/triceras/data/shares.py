"""Which rows are held out so that kinds of them are shared out evenly and groups stay whole."""

import numpy as np


def latest(times: np.ndarray, size: int) -> np.ndarray:
    """Which rows are held out: the latest, so many of them as is nearest where one time begins.

    Args:
        times: numbers, of one row each. Rows of one time stay together.
        size: about how many are held out; none are where all are of one time.
    """
    inside = np.sort(times)
    begins = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    if not size or not len(begins):
        return np.zeros(len(times), bool)
    nearest = begins[np.argmin(np.abs(begins - (len(times) - size)))]
    return times >= inside[nearest]


def numbered(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray:
    """The values of rows as whole numbers from 0 on; all 0 where there are none."""
    if values is None:
        return np.zeros(len(rows), int)
    return np.unique(values[rows], return_inverse=True)[1].reshape(-1)


def nearest_shares(kinds: np.ndarray, size: int, first_kinds_first: bool = False) -> np.ndarray:
    """Which rows are held out, so many of each kind as is its share, the first of it.

    Args:
        kinds: whole numbers from 0 on, of rows in a random order.
        size: how many are held out in all.
        first_kinds_first: where several kinds have the same claim to one row more, whether it is
            the lower numbers that get it, or those of which a row comes first.
    """
    counts = np.bincount(kinds)
    # In whole numbers, as rounding would say it differently on another machine.
    taken, rests = np.divmod(counts * size, len(kinds))
    _, first = np.unique(kinds, return_index=True)
    ties = np.arange(len(counts)) if first_kinds_first else first
    largest = np.lexsort((ties, -rests))
    taken[largest[: size - taken.sum()]] += 1
    order = np.argsort(kinds, kind="stable")
    place = np.empty(len(kinds), int)
    place[order] = np.arange(len(kinds)) - np.repeat(np.cumsum(counts) - counts, counts)
    return place < taken[kinds]


def counts_by_group(kinds: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of each kind in each group, and the groups by their first row."""
    table = np.zeros((groups.max() + 1, kinds.max() + 1), int)
    np.add.at(table, (groups, kinds), 1)
    _, first = np.unique(groups, return_index=True)
    return table, np.argsort(first, kind="stable")


def whole_groups(kinds: np.ndarray, groups: np.ndarray, size: int) -> np.ndarray:
    """Which rows are held out, whole groups, as nearly as they come to each kind's share.

    Args:
        kinds: as for `nearest_shares`.
        groups: whole numbers from 0 on.
        size: about how many are held out in all.
    """
    table, order = counts_by_group(kinds, groups)
    # All in multiples of the number of rows, so that shares are whole numbers.
    missing = np.bincount(kinds) * size
    held = np.zeros(len(table), bool)
    for group in order:
        left = missing - table[group] * len(kinds)
        if np.abs(left).sum() < np.abs(missing).sum():
            held[group], missing = True, left
    if not held.any():
        # Even the smallest is larger than what is wished, and none would be no split at all.
        held[order[np.argmin(table[order].sum(axis=1))]] = True
    return held[groups]


def folds_of_groups(kinds: np.ndarray, groups: np.ndarray, folds: int) -> np.ndarray:
    """The fold of each row: whole groups, the large ones first, each where most is missing.

    Args:
        kinds: as for `nearest_shares`.
        groups: whole numbers from 0 on.
        folds: how many.
    """
    table, order = counts_by_group(kinds, groups)
    order = order[np.argsort(-table[order].sum(axis=1), kind="stable")]
    held = np.zeros((folds, table.shape[1]), int)
    found = np.empty(len(table), int)
    for group in order:
        # The sum of squares is least where all folds have the same of each kind.
        sums = [
            np.square(held + (np.arange(folds) == fold)[:, None] * table[group]).sum()
            for fold in range(folds)
        ]
        found[group] = int(np.argmin(sums))
        held[found[group]] += table[group]
    return found[groups]
