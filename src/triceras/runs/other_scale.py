"""What is said of other data whose numbers are far larger or smaller than those of a run's own."""

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from triceras.data.dataset import Split
from triceras.data.magnitudes import magnitudes
from triceras.data.row_hashes import some_of
from triceras.runs.trained_rows import NAME

# Pixels from 0 to 255 are 255 times those from 0 to 1.
FAR = 50
# Of fewer rows, small numbers say little.
ENOUGH = 20

log = logging.getLogger(__name__)


def warn_of_another_scale(
    folder: Path, name: str, splits: Sequence[Split], names: Sequence[str]
) -> None:
    """Says which inputs have another scale than those that a run was trained on, by all looks.

    Args:
        folder: the run folder.
        name: of the other data.
        splits: of these.
        names: of the parts that the model is given, as `triceras.runs.trained_rows.keep` had them.
    """
    path = folder / NAME
    if not path.exists() or not all(some_of(split, names) for split in splits):
        return
    with np.load(path) as kept:
        if "magnitudes" not in kept:
            return
        own = kept["magnitudes"]
    other = np.fmax.reduce([magnitudes(split, names) for split in splits])
    many = sum(map(len, splits)) >= ENOUGH
    for part, before, now in zip(names, own, other, strict=True):
        if before > 0 and (now >= FAR * before or (many and 0 < now <= before / FAR)):
            log.warning(
                "the part %r of %s has numbers up to %.3g, and what the run was trained on had up "
                "to %.3g: a number computed on another scale says nothing; give it as the run's "
                "own data were, for example pixels from 0 to 1",
                part,
                name,
                now,
                before,
            )
