"""Rows that stay in their file, for data sets that are larger than memory."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from triceras.errors import UserError


@dataclasses.dataclass(frozen=True, eq=False)
class RowsOnDisk:
    """Rows of an uncompressed file, which are read when they are asked for by index.

    They are read and not mapped, as the pages of a mapped file count as memory of the process.

    Args:
        path: the file.
        offset: bytes before the first row.
        row_shape: shape of a row.
        positions: which rows of the file these are, in their order.
        prepare: `(rows, numbers) -> array`, applied to what was read, of shape
            `(n, *row_shape)`; `numbers` are the rows' indices in `positions`.
        stored: the type of a row's elements in the file.
    """

    path: Path
    offset: int
    row_shape: tuple[int, ...]
    positions: np.ndarray
    prepare: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda rows, numbers: rows
    stored: np.dtype = dataclasses.field(default_factory=lambda: np.dtype(np.uint8))

    def __len__(self) -> int:
        return len(self.positions)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of all rows as they are prepared."""
        return (len(self), *self[:1].shape[1:])

    @property
    def dtype(self) -> np.dtype:
        """Of rows as they are prepared."""
        return self[:1].dtype

    @property
    def nbytes(self) -> int:
        """Bytes of all rows as they are stored."""
        return len(self) * self.row_bytes

    @property
    def row_bytes(self) -> int:
        """Bytes of a row as it is stored."""
        return math.prod(self.row_shape) * self.stored.itemsize

    def __getitem__(self, index: slice | np.ndarray) -> np.ndarray:
        """Reads rows.

        Args:
            index: a slice, or an array of whole numbers `(n,)`.

        Returns:
            An array of `n` prepared rows.

        Raises:
            UserError: the file cannot be read, or has become shorter.
        """
        numbers = np.arange(len(self))[index]
        stored = np.empty((len(numbers), *self.row_shape), self.stored)
        # Of bytes alone: a row may be a single number, which has no memory of its own to write to.
        rows = stored.reshape(len(numbers), -1).view(np.uint8)
        try:
            with open(self.path, "rb", buffering=0) as file:
                for position, row in zip(self.positions[numbers], rows, strict=True):
                    file.seek(self.offset + int(position) * self.row_bytes)
                    if file.readinto(row.data) != self.row_bytes:
                        raise UserError(
                            f"{self.path} has become shorter since it was opened: put it back, "
                            "and go on with a new run"
                        )
        except OSError as error:
            raise UserError(f"{self.path} cannot be read any more ({error.strerror})") from error
        return self.prepare(stored, numbers)

    def pick(self, positions: np.ndarray) -> "RowsOnDisk":
        """Some of these rows, still unread."""
        return dataclasses.replace(self, positions=self.positions[positions])
