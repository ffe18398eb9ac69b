"""A split whose rows are of several lengths, of which a batch has no more than it needs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from triceras.data.column import Column
from triceras.data.dataset import Split
from triceras.data.order import Order
from triceras.data.padding import MASK
from triceras.data.whole_numbers import WholeNumbers
from triceras.errors import UserError


class BucketedSplit(Split):
    """Rows that come as long as the shortest bucket which holds all that are asked for at once.

    Args:
        whole: the same rows, filled up to the last length of each part, with their masks.
        lengths: of each part that has buckets, from the shortest on.
        buckets: the bucket of each row, whole numbers `(n,)`.
    """

    streamed = True

    def __init__(self, whole: Split, lengths: Mapping[str, Sequence[int]], buckets: np.ndarray):
        super().__init__(whole.parts, whole.numbers)
        self.whole = whole
        self.lengths = {name: list(of_part) for name, of_part in lengths.items()}
        self.buckets = buckets

    def __len__(self) -> int:
        return len(self.whole)

    def __getitem__(self, name: str) -> Any:
        super().__getitem__(name)
        return Column(self, name)

    def take(self, rows: Any, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
        wanted = list(self.parts if names is None else names)
        return self.cut(self.whole.take(rows, self.with_masks(wanted)), rows, wanted)

    def some(self, rows: Any) -> "BucketedSplit":
        return BucketedSplit(self.whole.some(rows), self.lengths, self.buckets[rows])

    def expect(self, expected: Sequence[WholeNumbers]) -> None:
        self.whole.expect(expected)

    def follow(self, order: Order, names: Iterable[str]) -> None:
        self.whole.follow(order, self.with_masks(names))

    def take_step(self, step: int, rows: Any, names: Iterable[str]) -> dict[str, np.ndarray]:
        wanted = list(names)
        return self.cut(self.whole.take_step(step, rows, self.with_masks(wanted)), rows, wanted)

    def batches(self, size: int) -> list[Any]:
        # The longest first, so that who puts outputs together knows at once how long they get.
        found: list[Any] = []
        for bucket in np.unique(self.buckets)[::-1]:
            rows = np.flatnonzero(self.buckets == bucket)
            found += [rows[start : start + size] for start in range(0, len(rows), size)]
        return found

    def samples(self, rows: Any, names: Iterable[str]) -> list[dict[str, np.ndarray]]:
        parts = self.whole.take(rows, names)
        return [self.shortened(parts, bucket) for bucket in (0, -1)]

    def close(self) -> None:
        self.whole.close()

    def shape(self, name: str) -> tuple[Any, ...]:
        shape = super().shape(name)
        return (None, *shape[1:]) if self.part_of(name) in self.lengths else shape

    def in_memory(self, names: Iterable[str]) -> bool:
        # Not as one array of rows, of which each step could take some.
        return False

    def part_of(self, name: str) -> str:
        """The part itself, of a part or its mask."""
        part = name.removesuffix(MASK)
        return part if part in self.lengths else name

    def with_masks(self, names: Iterable[str]) -> list[str]:
        """Names of parts, and of all masks by which it is seen whether rows are as they were."""
        return list(dict.fromkeys([*names, *(f"{name}{MASK}" for name in self.lengths)]))

    def cut(
        self, parts: Mapping[str, np.ndarray], rows: Any, wanted: Sequence[str]
    ) -> dict[str, np.ndarray]:
        """Parts, no longer than the bucket of the longest row.

        Raises:
            UserError: a row is longer than it was when its bucket was found.
        """
        bucket = int(np.max(self.buckets[rows], initial=0))
        for name, lengths in self.lengths.items():
            if parts[f"{name}{MASK}"][:, lengths[bucket] :].any():
                raise UserError(
                    f"data.pad.{name}={lengths}: an example is longer than {lengths[bucket]}, "
                    "which it was not when the run looked at all of them: the source gives others "
                    "than it did"
                )
        return self.shortened({name: parts[name] for name in wanted}, bucket)

    def shortened(self, parts: Mapping[str, np.ndarray], bucket: int) -> dict[str, np.ndarray]:
        """Parts of the lengths of a bucket."""
        return {
            name: array[:, : self.lengths[self.part_of(name)][bucket]]
            if self.part_of(name) in self.lengths
            else array
            for name, array in parts.items()
        }
