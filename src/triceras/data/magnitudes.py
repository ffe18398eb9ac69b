"""How large the numbers of data are, by which data of another scale are known."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.dataset import Split
from triceras.data.row_hashes import blocks, some_of

# Rows that are looked at.
SOME = 256
# Longer rows are pictures or spectra, whose numbers are alike.
COLUMNS = 256


def magnitudes(
    split: Split, names: Sequence[str], scales: Mapping[str, Any] | None = None
) -> list[np.ndarray]:
    """The largest magnitudes in each part of a split, in some rows that are spread over all.

    Args:
        split: no stream.
        names: of the parts.
        scales: `mean` and `deviation` of parts that have been scaled by them, by name: their
            magnitudes are those from before.

    Returns:
        For each name a float64 array: of rows of a few numbers, one for each column, and otherwise
        one for all; NaN of a part whose numbers tell no scale, as whole numbers name classes or
        words, unless they are bytes of pixels.
    """
    count = min(SOME, some_of(split, names))
    found: list[np.ndarray] = [np.full(1, np.nan)] * len(names)
    rows = np.arange(count) * len(split) // max(count, 1)
    for block in blocks(split, names, rows):
        for place, part in enumerate(block):
            if part.dtype.kind == "f" or (part.dtype == np.uint8 and part.ndim > 1):
                numbers = unscaled(part.astype(np.float64), (scales or {}).get(names[place]))
                sizes = np.where(np.isfinite(part), np.abs(numbers), 0)
                columns = sizes.max(axis=0, initial=0.0) if is_table(part) else [sizes.max()]
                found[place] = np.fmax(found[place], columns)
    return found


def is_table(part: np.ndarray) -> bool:
    """Whether rows are of a few numbers, each of which is a quantity by itself."""
    return part.ndim == 2 and part.shape[1] <= COLUMNS


def unscaled(numbers: np.ndarray, scale: Mapping[str, Any] | None) -> np.ndarray:
    """Numbers of a part as they were before they were given mean 0 and deviation 1."""
    if scale is None:
        return numbers
    return numbers * np.asarray(scale["deviation"]) + np.asarray(scale["mean"])
