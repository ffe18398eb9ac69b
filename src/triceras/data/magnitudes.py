"""How large the numbers of data are, by which data of another scale are known."""

from collections.abc import Sequence

import numpy as np

from triceras.data.dataset import Split
from triceras.data.row_hashes import blocks, some_of

# Rows that are looked at.
SOME = 256


def magnitudes(split: Split, names: Sequence[str]) -> np.ndarray:
    """The largest magnitude of each part of a split, in some rows that are spread over all.

    Args:
        split: no stream.
        names: of the parts.

    Returns:
        Float64, one for each name; NaN for a part whose numbers tell no scale, as whole numbers
        name classes or words, unless they are bytes of pixels.
    """
    count = min(SOME, some_of(split, names))
    found = np.full(len(names), np.nan)
    rows = np.arange(count) * len(split) // max(count, 1)
    for block in blocks(split, names, rows):
        for place, part in enumerate(block):
            if part.dtype.kind == "f" or (part.dtype == np.uint8 and part.ndim > 1):
                numbers = np.abs(part[np.isfinite(part)].astype(np.float64))
                found[place] = np.fmax(found[place], numbers.max(initial=0.0))
    return found
