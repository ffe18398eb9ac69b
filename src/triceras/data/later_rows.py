"""Says of rows that were given apart that they are not later than those before them."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

log = logging.getLogger(__name__)


def tell_of_earlier_rows(
    part: str, splits: Mapping[str, Mapping[str, Any]], dates: Sequence[str] | None
) -> None:
    """Warns where the validation or the test is of a time that was trained on.

    Rows that are divided by their time are in order; those of a file of their own may not be.

    Args:
        part: that has the times.
        splits: the rows of each, in the order of time that they are to have.
        dates: the texts of which the times are the places; `None` where they are numbers.
    """
    # RowsOnDisk are read by a slice.
    times = {name: np.asarray(rows[part][:]) for name, rows in splits.items() if len(rows[part])}
    for (one, before), (other, after) in itertools.combinations(times.items(), 2):
        last, first = before.max(), after.min()
        if not first <= last:
            continue
        count = int(np.count_nonzero(after <= last))
        shown = [
            str(dates[int(time)]) if dates is not None else str(time) for time in (first, last)
        ]
        log.warning(
            "data.chronological=%s: %d of the %d rows for %s are not later than the last one for "
            "%s (they begin with %s, and it is of %s), as not all were divided by it: a model that "
            "has seen the time it is to predict looks better than it is",
            *(part, count, len(after), other, one, *shown),
        )
