"""What is said of other data whose numbers are far larger or smaller than those of a run's own."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

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
    folder: Path,
    name: str,
    splits: Sequence[Split],
    names: Sequence[str],
    scales: Mapping[str, Any] | None = None,
) -> None:
    """Says which inputs have another scale than those that a run was trained on, by all looks.

    Args:
        folder: the run folder.
        name: of the other data.
        splits: of these.
        names: of the parts that the model is given, as `triceras.runs.trained_rows.keep` had them.
        scales: by which parts of the other data have been scaled, as the run's own were: there a
            column in a larger unit is a constant, whose numbers are not small.
    """
    path = folder / NAME
    if not path.exists() or not all(some_of(split, names) for split in splits):
        return
    with np.load(path) as kept:
        own = [kept.get(f"magnitudes/{i}") for i in range(len(names))]
    scales = scales or {}
    found = [magnitudes(split, names) for split in splits]
    scaled = not scales.keys().isdisjoint(names)
    raw = [magnitudes(split, names, scales) for split in splits] if scaled else found
    many = sum(map(len, splits)) >= ENOUGH
    for place, part in enumerate(names):
        before, now = own[place], largest(found, place)
        if before is None or before.shape != now.shape:
            continue
        far = (before > 0) & (now >= FAR * before)
        how = "as the model is given it"
        if not far.any():
            how = "before it is scaled" if part in scales else how
            before, now = largest_of(before, scales.get(part)), largest(raw, place)
            far = (before > 0) & many & (now > 0) & (now <= before / FAR)
        for column in np.flatnonzero(far)[:1]:
            more = f", and so have {far.sum() - 1} more" if far.sum() > 1 else ""
            log.warning(
                "the part %r of %s, %s, has numbers up to %.3g%s, and what "
                "the run was trained on had up to %.3g%s: unless the model scales them itself, "
                "what is computed of them says nothing; give them in the run's own unit",
                part,
                name,
                how,
                now[column],
                "" if now.size == 1 else f" in column {column}, counted from 0",
                before[column],
                more,
            )


def largest(found: Sequence[Sequence[np.ndarray]], place: int) -> np.ndarray:
    """The largest magnitudes of one part in several splits."""
    return np.fmax.reduce([one[place] for one in found])


def largest_of(magnitudes: np.ndarray, scale: Mapping[str, Any] | None) -> np.ndarray:
    """How large numbers were, at most, before they were given mean 0 and deviation 1."""
    if scale is None:
        return magnitudes
    mean, deviation = (np.asarray(scale[key], np.float64) for key in ("mean", "deviation"))
    if mean.shape not in ((), magnitudes.shape):
        mean, deviation = np.abs(mean).max(keepdims=True), deviation.max(keepdims=True)
    return np.abs(mean) + magnitudes * deviation
