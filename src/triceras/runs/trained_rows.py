"""Which rows a run was trained on, as numbers of some of them, whatever file they come in again."""

import dataclasses
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from triceras.data.dataset import Dataset, Split
from triceras.data.magnitudes import magnitudes
from triceras.data.row_hashes import MOST_MADE, hashes_of, is_read, some_of

NAME = "trained_rows.npz"
# Of some rows of many, so many that are equal are no chance.
ENOUGH = 3
# Test rows that are looked at, to see how many of the run's own are training rows.
SOME_TESTED = 1024
# From which share on it is told of a run's own data.
MANY = 0.05

log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class Found:
    """How many rows of a split a run was trained on.

    Args:
        rows: how many; an estimate where not all training rows are known.
        exact: whether they are counted.
        usual: whether it is about the share that is found in the run's own test rows too, as of
            data with few different rows.
    """

    rows: int
    exact: bool
    usual: bool = False


def keep(folder: Path, data: Dataset, names: Sequence[str]) -> None:
    """Writes which rows a run is trained on into its folder, of many some, and how large they are.

    Args:
        folder: the run folder.
        data: of the run.
        names: of the parts that the model is given.
    """
    count = some_of(data.train, names)
    if not count:
        return
    hashes = hashes_of(data.train, names, count)
    tested = hashes_of(data.test, names, min(SOME_TESTED, some_of(data.test, names)))
    # Data with few different rows have the same ones in each split, and that says nothing.
    usual = float(np.isin(tested, hashes).mean()) if len(tested) else 0.0
    sizes: Any = {f"magnitudes/{i}": one for i, one in enumerate(magnitudes(data.train, names))}
    np.savez(folder / NAME, hashes=hashes, rows=len(data.train), usual=usual, **sizes)
    share = min(1.0, usual * len(data.train) / count)
    differ = len(np.unique(hashes)) > 1
    if share >= MANY and usual * len(tested) >= ENOUGH and differ:
        log.warning(
            "%s%.0f %% of the test rows of %s are equal to training rows, in all that the model is "
            "given: what is measured on them says nothing of new examples",
            "" if count == len(data.train) and len(tested) == len(data.test) else "about ",
            100 * share,
            data.name,
        )


def trained_on(folder: Path, splits: Sequence[Split], names: Sequence[str]) -> Found | None:
    """How many rows of other data a run was trained on.

    Args:
        folder: the run folder.
        splits: of other data, in the form of the run's own.
        names: of the parts that the model is given, in the order that `keep` was given.

    Returns:
        `None` where there are none, or it is not known.
    """
    path = folder / NAME
    if not path.exists() or not all(some_of(split, names) for split in splits):
        return None
    with np.load(path) as kept:
        hashes, rows, usual = kept["hashes"], int(kept["rows"]), float(kept["usual"])
    asked = sum(map(len, splits))
    looked_at = [hashes_of(s, names, None if is_read(s, names) else MOST_MADE) for s in splits]
    seen = np.concatenate(looked_at)
    found = int(np.isin(seen, hashes).sum())
    # Of the training rows, and of those that are asked about.
    share = len(hashes) / rows * len(seen) / asked
    exact = share == 1
    if found < (1 if exact else ENOUGH):
        return None
    # Of the run's own test rows, as many as these: of data with few different rows.
    expected = usual * rows / len(hashes) >= found / share / asked / 1.5
    return Found(min(asked, round(found / share)), exact, bool(expected))


def warn_of_trained_rows(
    folder: Path, name: str, splits: Sequence[Split], names: Sequence[str]
) -> int | None:
    """Says how many rows of other data a run was trained on, and returns it; `None` for none.

    Args:
        folder: the run folder.
        name: of the data.
        splits: of these.
        names: see `trained_on`.
    """
    found = trained_on(folder, splits, names)
    if found is None:
        return None
    log.warning(
        "%s%d of these %d rows of %s are equal to rows that the run was trained on, in all that "
        "the model is given%s: a number computed on them says nothing of new data; give rows that "
        "it has not seen, or split=test of the run's own data, without data=",
        "" if found.exact else "about ",
        found.rows,
        sum(map(len, splits)),
        name,
        ", about as many as of its own test rows" if found.usual else "",
    )
    return found.rows
