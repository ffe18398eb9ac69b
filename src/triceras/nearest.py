"""Which of several names someone is likely to have meant."""

import difflib
from collections.abc import Iterable

# How many of the nearest keys a person is shown, and from what likeness on.
SHOWN = 3
NEAR = 0.7
# From here on it is a slip of the fingers.
SLIP = 0.85


def nearest(key: str, keys: Iterable[str]) -> list[str]:
    """The keys that are most like one: in all, or in their last part."""

    def likeness(other: str) -> float:
        parts = likeness_of_last_parts(key, other)
        whole = difflib.SequenceMatcher(None, key, other).ratio()
        # Where the last parts have nothing in common, a long common path says nothing.
        deeper = abs(key.count(".") - other.count("."))
        return max(parts - 0.05 * deeper, whole) if parts > 0.5 else 0.0

    found = sorted({*keys}, key=lambda other: (-likeness(other), other.count("."), other))
    best = likeness(found[0]) if found else 0.0
    least = max(NEAR, best - 0.1)
    return [other for other in found if likeness(other) >= least][:SHOWN]


def is_slip(key: str, other: str) -> bool:
    """Whether two keys differ by so little that one of them is a slip of the fingers."""
    return likeness_of_last_parts(key, other) >= SLIP


def likeness_of_last_parts(key: str, other: str) -> float:
    """How alike two keys are without the groups that they are in, from 0 to 1."""
    return difflib.SequenceMatcher(None, key.rpartition(".")[2], other.rpartition(".")[2]).ratio()
