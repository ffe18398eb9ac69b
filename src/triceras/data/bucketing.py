"""Finds the bucket of each row of splits whose parts are of several lengths."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.bucketed_split import BucketedSplit
from triceras.data.dataset import Split
from triceras.data.padding import MASK, check_pad
from triceras.data.source_split import SourceSplit
from triceras.errors import UserError

KEPT = "buckets"
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def check_buckets(pad: Any) -> tuple[dict[str, int], dict[str, list[int]]]:
    """Checks `data.pad`, in which a part may have several lengths.

    Returns:
        The longest length of each part, and all lengths of those that have several.

    Raises:
        UserError: it gives no lengths, or not as many of all parts that have several.
    """
    if not isinstance(pad, Mapping):
        return check_pad(pad), {}
    buckets = {str(name): of_part for name, of_part in pad.items() if isinstance(of_part, list)}
    for name, of_part in buckets.items():
        for length in of_part:
            check_pad({name: length})
        if sorted(set(of_part)) != of_part or not 2 <= len(of_part) <= len(DIGITS):
            raise UserError(
                f"data.pad.{name}={of_part} are no buckets: give from 2 to {len(DIGITS)} lengths, "
                "from the shortest on, as in [16,32,64]"
            )
    if len({len(of_part) for of_part in buckets.values()}) > 1:
        told = ", ".join(f"{len(of_part)} of {name}" for name, of_part in buckets.items())
        raise UserError(f"data.pad gives buckets of several parts ({told}): give as many of each")
    longest = {name: of_part[-1] for name, of_part in buckets.items()}
    return check_pad({**pad, **longest}), buckets


def bucketed(
    splits: Mapping[str, Split],
    lengths: Mapping[str, Sequence[int]],
    sha256: str,
    kept: Mapping[str, Any] | None,
) -> tuple[dict[str, Split], dict[str, Any]]:
    """Splits with buckets.

    Args:
        splits: by name, filled up to the last of the lengths.
        lengths: of each part that has buckets.
        sha256: of the data, by which what a run has kept is known to be of them.
        kept: what that is, or `None`.

    Returns:
        The splits, and what a run is to keep: the buckets of rows that are not in memory, of which
        all would have to be made again to find them.
    """
    if not lengths:
        return dict(splits), {}
    key = {"lengths": {name: list(v) for name, v in lengths.items()}, "sha256": sha256}
    known = (kept or {}).get(KEPT, {})
    known = known if {name: known.get(name) for name in key} == key else {}
    buckets = {
        name: np.array([DIGITS.index(digit) for digit in known[name]])
        for name, split in splits.items()
        if len(known.get(name, "")) == len(split)
    }
    buckets |= looked_at({k: v for k, v in splits.items() if k not in buckets}, lengths)
    keep = {
        name: "".join(DIGITS[bucket] for bucket in buckets[name])
        for name, split in splits.items()
        if isinstance(split, SourceSplit)
    }
    found = {name: BucketedSplit(split, lengths, buckets[name]) for name, split in splits.items()}
    return dict(found), {KEPT: {**key, **keep}} if keep else {}


def looked_at(
    splits: Mapping[str, Split], lengths: Mapping[str, Sequence[int]]
) -> dict[str, np.ndarray]:
    """The buckets of all rows of splits; those of one source are made at one go."""
    found = {}
    for name, split in splits.items():
        if name in found:
            continue
        together = {name: split}
        if isinstance(split, SourceSplit):
            together = {
                other: one
                for other, one in splits.items()
                if isinstance(one, SourceSplit) and one.examples is split.examples
            }
            split = SourceSplit.joined(list(together.values()))
        ends = np.cumsum([len(one) for one in together.values()])
        found |= dict(zip(together, np.split(buckets_of(split, lengths), ends[:-1]), strict=True))
    return found


def buckets_of(split: Split, lengths: Mapping[str, Sequence[int]]) -> np.ndarray:
    """The first bucket that holds all parts of each row, `(n,)`; all rows are looked at."""
    masks = split.all_of([f"{name}{MASK}" for name in lengths])
    each = [
        np.searchsorted(of_part, lengths_of(masks[f"{name}{MASK}"]))
        for name, of_part in lengths.items()
    ]
    return np.max(each, axis=0)


def lengths_of(mask: np.ndarray) -> np.ndarray:
    """How long examples are, `(n,)`: up to the last place that is there, as some before may not."""
    return ((mask != 0) * np.arange(1, mask.shape[1] + 1)).max(axis=1, initial=0)
