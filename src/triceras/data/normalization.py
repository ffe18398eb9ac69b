"""Mean 0 and standard deviation 1 for parts of a data set, as the training rows have them."""

import dataclasses
from typing import Any

import numpy as np

from triceras.data.not_finite import first_in
from triceras.data.rows_on_disk import RowsOnDisk
from triceras.data.statistics import ROWS_AT_ONCE
from triceras.errors import UserError


@dataclasses.dataclass(frozen=True, eq=False)
class Normalization:
    """What is taken from each number of a part, and what it is divided by.

    Args:
        mean: of each feature, which is a place in the last axis.
        deviation: the standard deviation; 1 where a feature is the same in all rows.
    """

    mean: np.ndarray
    deviation: np.ndarray

    @classmethod
    def of(cls, name: str, rows: Any, numbers: Any = None) -> "Normalization":
        """That of the rows of a part.

        Args:
            name: of the part, for messages.
            rows: an array or `RowsOnDisk`, `(n, ...)`.
            numbers: which rows of their source these are, `(n,)`; `None` for 0 to n - 1.

        Raises:
            UserError: some of it is not finite, or too large.
        """
        shape = rows.shape[1:][-1:]
        total, low, high, count = (
            np.zeros(shape),
            np.full(shape, np.inf),
            np.full(shape, -np.inf),
            0,
        )
        for block in blocks(rows, shape):
            with np.errstate(over="ignore", invalid="ignore"):
                total += block.sum(axis=0)
            low, high = np.minimum(low, block.min(axis=0)), np.maximum(high, block.max(axis=0))
            count += len(block)
        with np.errstate(over="ignore", invalid="ignore"):
            mean = total / count
            squares = sum(np.square(block - mean).sum(axis=0) for block in blocks(rows, shape))
            deviation = np.sqrt(squares / count)
        if not np.all(np.isfinite(deviation)):
            row, value = first_in(rows) or largest(rows)
            row = row if numbers is None else numbers[row]
            raise UserError(
                f"data.normalize: the part {name!r} of row {row:,} of the data (from 0, as they "
                f"came) holds {value}, with which there is no mean and deviation: take such rows "
                "out, or fill them"
            )
        # Not deviation == 0, as a mean that was rounded leaves something of a constant.
        constant = low == high
        return cls(np.where(constant, low, mean), np.where(constant, 1.0, deviation))

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> "Normalization":
        """The one that `kept` was written of."""
        return cls(np.array(kept["mean"]), np.array(kept["deviation"]))

    @property
    def kept(self) -> dict[str, Any]:
        """The same as numbers and lists."""
        return {"mean": self.mean.tolist(), "deviation": self.deviation.tolist()}

    def check(self, name: str, shape: tuple[int, ...]) -> None:
        """Checks that examples of a part have these features.

        Raises:
            UserError: they do not.
        """
        if shape[-1:] != self.mean.shape:
            raise UserError(
                f"data.normalize: the part {name!r} has examples of shape {shape}, and those that "
                f"the run was trained on had {self.mean.shape[0] if self.mean.ndim else 'no'} "
                "features"
            )

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Rows with these features, normalized; float32."""
        found = np.empty(rows.shape, np.float32)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            found[part] = (rows[part].astype(np.float64) - self.mean) / self.deviation
        return found

    def apply(self, array: Any) -> Any:
        """An array or `RowsOnDisk`, normalized now or when its rows are read."""
        if not isinstance(array, RowsOnDisk):
            return self(array)
        before = array.prepare
        return dataclasses.replace(array, prepare=lambda rows, numbers: self(before(rows, numbers)))


def blocks(rows: Any, shape: tuple[int, ...]) -> Any:
    """Some rows at a time, one feature a column, in float64."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield np.asarray(rows[start : start + ROWS_AT_ONCE], np.float64).reshape(-1, *shape)


def largest(rows: Any) -> tuple[int, float]:
    """The row with the largest number, and the number.

    The square of one beyond 1e154 is more than float64 holds: such stand for what is missing in
    some files.
    """
    found = (0, 0.0)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        block = np.asarray(rows[start : start + ROWS_AT_ONCE])
        place = np.unravel_index(np.argmax(np.abs(block)), block.shape)
        if abs(block[place]) > abs(found[1]):
            found = (start + int(place[0]), block[place].item())
    return found
